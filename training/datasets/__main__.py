"""Look at a data set before training on it: count, check, split."""

from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, LYMPHOCYTE_LABEL
from training.datasets.check import check_fields
from training.datasets.field import AnnotatedField, DataSetError
from training.datasets.formats import FORMATS, read_dataset
from training.datasets.splits import read_splits, split_fields, write_splits

application = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="the data set")]
Form = Annotated[str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; default: as it looks")]


def _read(folder: Path, form: str | None) -> list[AnnotatedField]:
    try:
        return read_dataset(folder, form)
    except DataSetError as error:
        raise typer.BadParameter(str(error)) from error


@application.command()
def check(
    folder: Folder,
    form: Form = None,
    splits: Annotated[
        Path | None, typer.Option(help="splits file: look for leaks between splits too")
    ] = None,
) -> None:
    """Report broken, duplicate and leaking files; the exit status is 1 where there are any."""
    fields = _read(folder, form)
    findings = check_fields(tqdm(fields, unit="field"), read_splits(splits) if splits else None)
    for finding in findings:
        typer.echo(f"{finding.kind}: {', '.join(finding.fields)}: {finding.detail}")
    typer.echo(f"{len(fields)} fields, {len(findings)} findings")
    raise typer.Exit(bool(findings))


@application.command()
def split(
    folder: Folder,
    output: Annotated[Path, typer.Option(help="file to write")],
    form: Form = None,
    seed: Annotated[int, typer.Option(help="draws which groups go where")] = 0,
) -> None:
    """Split 70/15/15 by patient or slide and write the names to a file."""
    fields = _read(folder, form)
    try:
        splits = split_fields(fields, seed)
    except DataSetError as error:
        raise typer.BadParameter(str(error)) from error
    write_splits(output, splits, seed)
    typer.echo(", ".join(f"{name} {len(names)}" for name, names in splits.items()) + f" -> {output}")


@application.command()
def count(folder: Folder, form: Form = None) -> None:
    """Count fields, groups and annotated nuclei."""
    fields = _read(folder, form)
    labels = [label for field in tqdm(fields, unit="field") for label in field.annotation().labels.tolist()]
    typer.echo(
        f"{len(fields)} fields of {len({field.group for field in fields})} groups: "
        f"{labels.count(IMMUNOPOSITIVE_LABEL)} immunopositive, "
        f"{labels.count(IMMUNONEGATIVE_LABEL)} immunonegative, {labels.count(LYMPHOCYTE_LABEL)} lymphocytes"
    )


if __name__ == "__main__":
    application()
