"""The image for people to look at: stored bytes in, a PNG that is upright by itself out."""

from gateway.stripping.png import encode_png
from handler.image import decode_image


def clean_png(data: bytes) -> bytes:
    """Return the pixels upright and lossless; nothing else that the file held comes along."""
    return encode_png(decode_image(data).rgb)
