"""Nuclei for ImageJ: a layer in, a RoiSet.zip of outlines out, named and coloured by class."""

import io
import zipfile

import roifile

from gateway.corrections.layer import Layer
from gateway.exports.outlines import class_name, outline
from handler.rendering import NEGATIVE_RGB, POSITIVE_RGB

ROIS_TYPE = "application/zip"
_OPAQUE = 255
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Every export of the same layer is the same file."""


def to_rois(layer: Layer) -> bytes:
    """Return the ZIP; a ROI is called by number and class and lies in pixels of the image, sub-pixel."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for index, number in enumerate(layer.numbers):
            name = f"{number:05d}-{class_name(bool(layer.nuclei.immunopositive[index]))}"
            entry = zipfile.ZipInfo(f"{name}.roi", _LONG_AGO)
            archive.writestr(entry, _roi(layer, index, name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _roi(layer: Layer, index: int, name: str) -> bytes:
    roi = roifile.ImagejRoi.frompoints(outline(layer.nuclei, index), name=name)
    roi.roitype = roifile.ROI_TYPE.POLYGON
    rgb = POSITIVE_RGB if layer.nuclei.immunopositive[index] else NEGATIVE_RGB
    roi.stroke_color = bytes((_OPAQUE, *rgb))
    return roi.tobytes()
