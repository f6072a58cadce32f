"""Write class maps made from points, with counts of each field, or compare the two ways on phantoms."""

import csv
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from training.datasets import AnnotatedField, DataSetError, read_dataset
from training.masks.compare import Agreement, compare_on_phantoms
from training.masks.mcconnell2021 import paper_mask
from training.masks.watershed import watershed_mask

application = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True)
IGNORED = 255


class Method(StrEnum):
    """How points become masks."""

    mcconnell2021 = "mcconnell2021"
    watershed = "watershed"


@application.command()
def write(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="the data set")],
    output: Annotated[Path, typer.Option(help="folder for masks and counts.csv")],
    method: Annotated[Method, typer.Option(help="the paper's masks, or the project's")] = Method.watershed,
    form: Annotated[str | None, typer.Option("--format", help="as in training.datasets")] = None,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the photographs")] = 0.25,
) -> None:
    """Write NAME.png (0 background, 1 immunonegative, 2 immunopositive, 255 ignored) and counts.csv."""
    try:
        fields = read_dataset(folder, form)
    except DataSetError as error:
        raise typer.BadParameter(str(error)) from error
    output.mkdir(parents=True, exist_ok=True)
    with (output / "counts.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("field", "immunopositive", "immunonegative"))
        rows.writerows(_written(tqdm(fields, unit="field"), output, method, mpp))
    typer.echo(f"wrote {len(fields)} masks and counts.csv to {output}")


def _written(
    fields: Iterable[AnnotatedField], output: Path, method: Method, mpp: float
) -> Iterator[tuple[str, int, int]]:
    for field in fields:
        mask, positive, negative = _mask(field, method, mpp)
        _, data = cv2.imencode(".png", mask)
        (output / f"{field.name}.png").write_bytes(data.tobytes())
        yield field.name, positive, negative


def _mask(field: AnnotatedField, method: Method, mpp: float) -> tuple[NDArray[np.uint8], int, int]:
    if method is Method.mcconnell2021:
        paper = paper_mask(field.rgb(), field.annotation())
        return paper.classes, paper.immunopositive, paper.immunonegative
    annotation = field.annotation()
    mask = watershed_mask(field.rgb(), annotation, mpp)
    positive, negative = (int((annotation.labels == label).sum()) for label in (1, 2))
    return np.where(mask.ignored, IGNORED, mask.classes).astype(np.uint8), positive, negative


@application.command()
def compare(
    count: Annotated[int, typer.Option(min=1, help="unseen phantoms")] = 50,
    side_px: Annotated[int, typer.Option(min=64)] = 512,
    mpp: Annotated[float, typer.Option(help="microns per pixel")] = 0.25,
) -> None:
    """Compare both ways with the truth of phantoms."""
    table = Table("masks", "IoU immunopositive", "IoU immunonegative", "error of counts")
    for name, agreement in zip(Method, compare_on_phantoms(count, side_px, mpp), strict=True):
        table.add_row(name.value, *_cells(agreement))
    Console().print(table)


def _cells(agreement: Agreement) -> tuple[str, str, str]:
    return (
        f"{agreement.iou_immunopositive:.3f}",
        f"{agreement.iou_immunonegative:.3f}",
        f"{agreement.count_error_percent:.1f} %",
    )


if __name__ == "__main__":
    application()
