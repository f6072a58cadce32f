"""Nuclei as a label mask: a layer in, an OME-TIFF out that knows its physical pixel size.

A pixel holds the number of its nucleus, 0 where there is none: 16 bits, 32 where there are too many.
"""

import io

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from gateway.corrections.layer import Layer
from gateway.exports.outlines import class_name

LABELS_TYPE = "image/tiff"
_SUBPIXEL_BITS = 4
_UM_PER_CM = 10_000


def to_labels(layer: Layer, width_px: int, height_px: int, mpp: float) -> bytes:
    """Return the mask at the size of the image; classes by number are in the metadata."""
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        label_mask(layer, width_px, height_px),
        ome=True,
        photometric="minisblack",
        compression="zlib",
        resolution=(_UM_PER_CM / mpp, _UM_PER_CM / mpp),
        resolutionunit="CENTIMETER",
        metadata={
            "axes": "YX",
            "Name": "Nuclei",
            "PhysicalSizeX": mpp,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": mpp,
            "PhysicalSizeYUnit": "µm",
            "MapAnnotation": _classes(layer),
        },
    )
    return target.getvalue()


def label_mask(layer: Layer, width_px: int, height_px: int) -> NDArray[np.uint16 | np.uint32]:
    """Draw (height, width) the number of every nucleus; where two touch the later one lies on top."""
    canvas = np.zeros((height_px, width_px), np.int32)
    for contour, number in zip(layer.nuclei.contours_px, layer.numbers, strict=True):
        corners = np.round(contour * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(canvas, [corners], number, cv2.LINE_8, _SUBPIXEL_BITS)
    largest = max(layer.numbers, default=0)
    return canvas.astype(np.uint16 if largest <= np.iinfo(np.uint16).max else np.uint32)


def _classes(layer: Layer) -> dict[str, str]:
    rows = zip(layer.numbers, layer.nuclei.immunopositive.tolist(), strict=True)
    return {str(number): class_name(positive) for number, positive in rows}
