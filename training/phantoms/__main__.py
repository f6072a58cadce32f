"""Write a folder of phantoms with their truth, and a contact sheet to look at."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from training.phantoms.files import UNSEEN_SEED, contact_sheet, write_phantoms


def main(
    folder: Annotated[Path, typer.Option(help="where to write")] = Path("var/phantoms"),
    count: Annotated[int, typer.Option(min=1)] = 50,
    width_px: Annotated[int, typer.Option(min=32)] = 512,
    height_px: Annotated[int, typer.Option(min=32)] = 512,
    mpp: Annotated[float, typer.Option(help="microns per pixel", min=0.05, max=5.0)] = 0.25,
    seed: Annotated[
        int, typer.Option(help="seed of the first phantom; the next ones count up", min=0)
    ] = UNSEEN_SEED,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    rich_stroma: Annotated[
        bool, typer.Option("--rich-stroma", help="add cells of stroma, cytoplasm and fibres")
    ] = False,
) -> None:
    """Draw phantoms with exact ground truth, and a contact sheet to look at."""
    thumbnails = write_phantoms(
        folder, count, seed, width_px, height_px, mpp, workers, rich_stroma=rich_stroma
    )
    sheet = folder / "contact-sheet.jpg"
    _, data = cv2.imencode(".jpg", cv2.cvtColor(contact_sheet(thumbnails), cv2.COLOR_RGB2BGR))
    sheet.write_bytes(data.tobytes())
    typer.echo(f"wrote {count} phantoms to {folder}; look at {sheet}")


if __name__ == "__main__":
    typer.run(main)
