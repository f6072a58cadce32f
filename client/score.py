"""`make score`: files and folders in; a table or JSON, and an overlay of each field, out.

Exit status: 0 where every file was scored, 1 where one failed, 2 where the command line is wrong (`make`
turns both into 2).
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from client.api import ApiError, Ki67Client
from client.files import find_images
from client.report import document, table
from client.scoring import Outcome, score_files
from client.settings import ClientSettings, NoKeyError

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)

PIPED_WIDTH = 160
SOME_FAILED, WRONG_USAGE = 1, 2


@app.command()
def score(
    images: Annotated[list[Path], typer.Argument(help="Image files, and folders of them.", exists=True)],
    mpp: Annotated[float | None, typer.Option(help="Microns per pixel of the images.")] = None,
    objective: Annotated[float | None, typer.Option(help="Or the objective: 40 for 40x.")] = None,
    probability: Annotated[float | None, typer.Option(help="Least probability of a nucleus.")] = None,
    min_area_um2: Annotated[float | None, typer.Option(help="Least area of a nucleus.")] = None,
    boundaries: Annotated[str | None, typer.Option(help="Category boundaries in percent: 10,20")] = None,
    overlays: Annotated[Path | None, typer.Option(help="Folder of overlays (default: var/scores).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Score images of Ki-67 stained fields through the gateway that `make run` started."""
    settings = ClientSettings()
    options = {
        "mpp": mpp,
        "objective": objective,
        "probability": probability,
        "min_area_um2": min_area_um2,
        "category_boundaries_percent": boundaries,
    }
    form = {name: str(value) for name, value in options.items() if value is not None}
    files = find_images(images)
    if not files:
        raise typer.BadParameter("no JPEG, PNG, TIFF or WebP file there", param_hint="IMAGES")
    with _connected(settings) as client:
        outcomes, saved = _score(client, files, form, overlays or settings.overlay_folder)
    if as_json:
        typer.echo(document(outcomes, saved))
    else:
        width = None if sys.stdout.isatty() else PIPED_WIDTH
        Console(width=width).print(table(outcomes))
        typer.echo(_summary(outcomes, saved))
    if any(outcome.analysis is None for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


def _connected(settings: ClientSettings) -> Ki67Client:
    try:
        client = Ki67Client(settings.url, settings.read_key())
    except NoKeyError as error:
        _stop(str(error))
    if not client.is_reachable():
        _stop(f"Nothing answers at {settings.url}; start the services with `make run`, or set KI67_URL.")
    return client


def _score(
    client: Ki67Client, files: list[Path], form: dict[str, str], folder: Path
) -> tuple[list[Outcome], dict[Path, Path]]:
    """Score all, showing progress; return outcomes in the order of the files, and where overlays lie."""
    outcomes: dict[Path, Outcome] = {}
    saved: dict[Path, Path] = {}
    for outcome in _shown(score_files(client, files, form), len(files)):
        outcomes[outcome.file] = outcome
        if overlay := _save_overlay(client, outcome, folder):
            saved[outcome.file] = overlay
    return [outcomes[file] for file in files], saved


def _shown(outcomes: Iterable[Outcome], total: int) -> Iterable[Outcome]:
    columns = (TextColumn("Scoring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        for outcome in outcomes:
            yield outcome
            progress.advance(task)


def _save_overlay(client: Ki67Client, outcome: Outcome, folder: Path) -> Path | None:
    """Save the field with its nuclei drawn; a score without its picture is still a score."""
    if outcome.analysis is None:
        return None
    path = folder / f"{outcome.file.stem}-{outcome.analysis.id[:8]}.png"
    try:
        picture = client.layer(outcome.analysis.id, "overlay.png")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    except (ApiError, OSError) as error:
        typer.echo(f"{outcome.file}: the overlay was not saved ({error})", err=True)
        return None
    return path


def _summary(outcomes: list[Outcome], saved: dict[Path, Path]) -> str:
    failed = sum(outcome.analysis is None for outcome in outcomes)
    text = f"{len(outcomes) - failed} scored, {failed} failed"
    folders = sorted({str(path.parent) for path in saved.values()})
    return f"{text}; overlays in {', '.join(folders)}" if folders else text


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(WRONG_USAGE)


if __name__ == "__main__":
    app()
