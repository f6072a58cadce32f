"""An opened image file in, the microns per pixel that it states out; None where it states none.

Microscope software writes them into a TIFF's description (ImageJ, OME, Aperio) or, as every format can,
into the resolution. A resolution that only a printer could have is no scale.
"""

import re
from collections.abc import Iterator

from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from handler.scale import MPP_RANGE

_MICRONS_PER_INCH = 25_400.0
_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION = 270, 282, 283
_UNEQUAL_SHARE = 0.01
"""Pixels whose sides differ by more than this are not square: no single scale holds."""

_NUMBER = r"([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
_IMAGEJ_MICRONS = re.compile(r"^ImageJ=.*^unit=(?:um|[µμ]m|\\u00B5m|microns?)\s*$", re.DOTALL | re.MULTILINE)
_OME_SIZE = re.compile(rf'\bPhysicalSize([XY])="{_NUMBER}"')
_OME_OTHER_UNIT = re.compile(r'\bPhysicalSize[XY]Unit="(?!µm"|μm"|um"|&#181;m"|&#xB5;m")')
_APERIO = re.compile(rf"^Aperio.*\|\s*MPP\s*=\s*{_NUMBER}", re.DOTALL)


def file_mpp(image: ImageFile) -> float | None:
    """Return the file's own microns per pixel where it is plausible for a microscope."""
    for horizontal, vertical in _stated(image):
        square = abs(horizontal - vertical) <= _UNEQUAL_SHARE * horizontal
        if square and MPP_RANGE[0] <= horizontal <= MPP_RANGE[1]:
            return horizontal
    return None


def _stated(image: ImageFile) -> Iterator[tuple[float, float]]:
    """Yield microns per pixel along both axes, the surest source first."""
    if isinstance(image, TiffImageFile):
        yield from _of_description(image)
    resolution = image.info.get("dpi")
    if isinstance(resolution, tuple) and len(resolution) == 2 and min(resolution) > 0:
        horizontal, vertical = (_MICRONS_PER_INCH / float(axis) for axis in resolution)
        yield horizontal, vertical


def _as_utf_8(text: str) -> str:
    """Undo Pillow's reading of a description as Latin-1, where it was UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _of_description(image: TiffImageFile) -> Iterator[tuple[float, float]]:
    text = _as_utf_8(str(image.tag_v2.get(_DESCRIPTION, "")))
    if _IMAGEJ_MICRONS.search(text):
        per_micron = [float(image.tag_v2.get(tag, 0)) for tag in (_X_RESOLUTION, _Y_RESOLUTION)]
        if min(per_micron) > 0:
            yield 1 / per_micron[0], 1 / per_micron[1]
    sizes = dict(_OME_SIZE.findall(text)) if not _OME_OTHER_UNIT.search(text) else {}
    if {"X", "Y"} <= sizes.keys():
        yield float(sizes["X"]), float(sizes["Y"])
    if found := _APERIO.search(text):
        yield float(found[1]), float(found[1])
