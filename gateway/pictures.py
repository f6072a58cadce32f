"""Pictures for people to look at: stored bytes or a scored field in; PNG or JPEG out, small where asked.

A picture that is made smaller keeps its shape; its longest side has at most `max_px` pixels.
"""

import io
from dataclasses import replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gateway.stripping.png import encode_png
from handler.image import decode_image
from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE, DecodedField
from handler.probability import ProbabilityMap
from handler.rendering import NEGATIVE_RGB, POSITIVE_RGB, heatmap_png, mask_png

MaxPx = Literal["512", "1024", "2048", "4096"]
MaskStyle = Literal["classes", "layer"]
Size = tuple[int, int]

_JPEG_QUALITY = 90
_LAYER_ALPHA = 200


def clean_png(data: bytes) -> bytes:
    """Return the pixels upright and lossless; nothing else that the file held comes along."""
    return encode_png(decode_image(data).rgb)


def clean_jpeg(data: bytes, max_px: MaxPx | None) -> bytes:
    """Return the pixels upright as JPEG, for a screen; nothing else that the file held comes along."""
    bgr = cv2.cvtColor(decode_image(data).rgb, cv2.COLOR_RGB2BGR)
    whole = (bgr.shape[1], bgr.shape[0])
    size = fitted(whole, max_px)
    if size != whole:
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    written, coded = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))
    if not written:
        raise ValueError("The picture could not be written as JPEG.")
    return coded.tobytes()


def fitted(size: Size, max_px: MaxPx | None) -> Size:
    """Return width and height made smaller until the longest side fits; never larger, at least 1."""
    longest = max(size)
    if max_px is None or longest <= int(max_px):
        return size
    width, height = (max(1, round(side * int(max_px) / longest)) for side in size)
    return width, height


def mask_picture(decoded: DecodedField, size: Size, style: MaskStyle) -> bytes:
    """Return the class map at that size: grey levels, or the overlay's colours with transparency."""
    if style == "classes":
        return mask_png(decoded, *size)
    shown = Image.fromarray(decoded.class_map).resize(size, Image.Resampling.NEAREST)
    return _palette_png(shown, _layer_colours())


def heatmap_picture(probability: ProbabilityMap, size: Size) -> bytes:
    """Return the heat map at that size."""
    width, height = size
    return heatmap_png(replace(probability, field_width_px=width, field_height_px=height))


def _layer_colours() -> NDArray[np.uint8]:
    """Return RGBA (classes, 4): background transparent."""
    colours = np.zeros((3, 4), np.uint8)
    for name, rgb in ((IMMUNONEGATIVE, NEGATIVE_RGB), (IMMUNOPOSITIVE, POSITIVE_RGB)):
        colours[name] = (*rgb, _LAYER_ALPHA)
    return colours


def _palette_png(picture: Any, colours: NDArray[np.uint8]) -> bytes:
    target = io.BytesIO()
    picture.putpalette(colours[:, :3].tobytes())
    picture.save(target, "PNG", compress_level=1, transparency=colours[:, 3].tobytes())
    return target.getvalue()
