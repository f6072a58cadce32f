"""`python -m loadtest.report FOLDER`: writes the capacity report of a run into its folder.

Exit status: 0 where it was written, 2 where the folder or the objectives cannot be read.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from loadtest.objectives import ObjectivesError
from loadtest.reading import RunFolderError
from loadtest.report.findings import Price
from loadtest.report.writing import write

UNREADABLE = 2


def main(
    folder: Annotated[Path, typer.Argument(help="folder of a run")],
    price_per_hour: Annotated[
        float | None,
        typer.Option(help="what an hour of the machine costs; without it no cost is told", min=0),
    ] = None,
    currency: Annotated[str, typer.Option(help="of the price")] = "EUR",
) -> None:
    """Write report.md and report.html."""
    price = None if price_per_hour is None else Price(price_per_hour, currency)
    try:
        written = write(folder, price)
    except (RunFolderError, ObjectivesError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(UNREADABLE) from error
    sys.stdout.write(f"wrote {written}\n")


if __name__ == "__main__":
    typer.run(main)
