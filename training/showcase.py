"""Draw a scored field for people: photograph, nuclei found, mask and heat map side by side.

Flow: image file -> a version in this process -> the service's own renderings -> one PNG.
"""

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from handler.answer import FieldAnalysis
from handler.image import decode_image
from handler.rendering import mask_png, overlay_png
from training.evaluation.panels import captioned, heated, index_text, rgb_of, side_by_side
from training.scorers import analyse_in_process
from training.version_folder import DEFAULT_VERSION


def panel(rgb: NDArray[np.uint8], analysis: FieldAnalysis) -> NDArray[np.uint8]:
    """Return the four pictures (height, width, 3) in two rows, each with its caption."""
    height, width = rgb.shape[:2]
    score = analysis.score
    pictures = (
        ("field of view", rgb),
        (
            f"{score.total} nuclei, {index_text(score)}, {score.category}",
            rgb_of(overlay_png(rgb, analysis.decoded.nuclei)),
        ),
        ("mask", rgb_of(mask_png(analysis.decoded, width, height))),
        ("heat map of immunopositive", heated(rgb, analysis.probability)),
    )
    tiles = [captioned(text, picture) for text, picture in pictures]
    return np.vstack([side_by_side(tiles[:2]), side_by_side(tiles[2:])])


def main(
    image: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the field to show")],
    output: Annotated[Path, typer.Option(help="PNG to write")] = Path("var/showcase.png"),
    version: Annotated[Path, typer.Option(help="version folder")] = DEFAULT_VERSION,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the image")] = 0.25,
) -> None:
    """Score one image and draw what was seen."""
    drawn = panel(decode_image(image.read_bytes()).rgb, analyse_in_process(version)(image, mpp))
    output.parent.mkdir(parents=True, exist_ok=True)
    parameters = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    _, data = cv2.imencode(".png", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), parameters)
    output.write_bytes(data.tobytes())
    typer.echo(f"wrote {output}")


if __name__ == "__main__":
    typer.run(main)
