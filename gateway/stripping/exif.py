"""Orientation and scale in, the smallest EXIF data that states them out."""

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from handler.scale import MPP_RANGE

EXIF_HEADER = b"Exif\0\0"
"""In a JPEG it comes before EXIF data, in a PNG or WebP it does not."""

UPRIGHT = 1
_THOUSANDTHS_OF_AN_INCH_UM = 25_400_000.0
_PER_INCH = 2
_ROUNDING = 1e-5


def minimal_exif(orientation: int, mpp: float | None) -> bytes:
    """Return EXIF data, without header, of an orientation (1 to 8) and, where given, microns per pixel."""
    exif = Image.Exif()
    if orientation != UPRIGHT:
        exif[ExifTags.Base.Orientation] = orientation
    if mpp is not None:
        per_inch = IFDRational(round(_THOUSANDTHS_OF_AN_INCH_UM / writable_mpp(mpp)), 1000)
        exif[ExifTags.Base.XResolution] = exif[ExifTags.Base.YResolution] = per_inch
        exif[ExifTags.Base.ResolutionUnit] = _PER_INCH
    return exif.tobytes().removeprefix(EXIF_HEADER)


def writable_mpp(mpp: float) -> float:
    """Return microns per pixel that stay plausible when they are rounded to a whole resolution."""
    low, high = MPP_RANGE
    return min(max(mpp, low * (1 + _ROUNDING)), high * (1 - _ROUNDING))
