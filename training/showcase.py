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
from handler.rendering import heatmap_png, mask_png, overlay_png
from training.scorers import analyse_in_process

_CAPTION_PX = 30
_GAP_PX = 6


def panel(rgb: NDArray[np.uint8], analysis: FieldAnalysis) -> NDArray[np.uint8]:
    """Return the four pictures (height, width, 3) in two rows, each with its caption."""
    height, width = rgb.shape[:2]
    heat = _decoded(heatmap_png(analysis.probability), cv2.IMREAD_UNCHANGED)
    alpha = heat[..., 3:].astype(np.float32) / 255
    heated = (0.4 * rgb * (1 - alpha) + heat[..., 2::-1] * alpha).astype(np.uint8)
    score = analysis.score
    index = "no nuclei" if score.index_percent is None else f"index {score.index_percent:.1f} %"
    pictures = (
        ("field of view", rgb),
        (f"{score.total} nuclei, {index}, {score.category}", _rgb(overlay_png(rgb, analysis.decoded.nuclei))),
        ("mask", _rgb(mask_png(analysis.decoded, width, height))),
        ("heat map of immunopositive", heated),
    )
    tiles = [_captioned(text, picture) for text, picture in pictures]
    gap = np.full((tiles[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    rows = [np.hstack([tiles[i], gap, tiles[i + 1]]) for i in (0, 2)]
    return np.vstack(rows)


def _decoded(data: bytes, mode: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), mode), np.uint8)


def _rgb(data: bytes) -> NDArray[np.uint8]:
    return _decoded(data, cv2.IMREAD_COLOR_RGB)


def _captioned(text: str, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    strip = np.full((_CAPTION_PX, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (6, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([strip, picture])


def main(
    image: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the field to show")],
    output: Annotated[Path, typer.Option(help="PNG to write")] = Path("var/showcase.png"),
    version: Annotated[Path, typer.Option(help="version folder")] = Path("model_store/ki67/1.0"),
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
