"""The image for people to look at: bytes as uploaded in, a PNG without any metadata out."""

import cv2

from handler.image import decode_image


def clean_png(data: bytes) -> bytes:
    """Return the pixels upright and lossless; nothing else that the file held comes along."""
    bgr = cv2.cvtColor(decode_image(data).rgb, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", bgr)
    return encoded.tobytes()
