"""A JPEG that lacks pixels, or was made to take hours, is refused; every whole one is read."""

import numpy as np
import pytest
from PIL import Image

from handler.errors import UnreadableImageError
from handler.image import decode_image
from tests.handler.image_files import asymmetric_rgb, encode
from tests.handler.test_image import assert_alike, save


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_jpeg_cut_in_half_and_closed_again_is_unreadable(kept: float, progressive: bool) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 96, 3), np.uint8)
    data = encode(noise, "JPEG", progressive=progressive)
    with pytest.raises(UnreadableImageError, match="damaged or incomplete"):
        decode_image(data[: int(len(data) * kept)] + b"\xff\xd9")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_whole_jpeg_that_ends_in_middle_grey_is_read(progressive: bool) -> None:
    rgb = asymmetric_rgb(96, 64)
    rgb[32:] = 128
    data = encode(rgb, "JPEG", progressive=progressive)
    for after in (b"", b"\xff\xd9", b"what phones append"):
        assert_alike(decode_image(data + after), rgb, tolerance=3)


def test_a_jpeg_of_more_scans_than_any_camera_writes_is_refused() -> None:
    data = encode(asymmetric_rgb(), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    comment = b"\xff\xfe\x00\x06\xff\xd9\xff\xd9"  # ends that are none: they lie within a segment
    decode_image(data[:last] + comment + data[last:])
    with pytest.raises(UnreadableImageError):
        decode_image(data[:last] + (data[last:-2] + comment) * 100 + data[-2:])


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_endless_scans_are_refused_in_a_jpeg_of_any_kind(mode: str) -> None:
    data = save(Image.fromarray(asymmetric_rgb()).convert(mode), "JPEG")
    scan = data[data.rfind(b"\xff\xda") : -2]
    with pytest.raises(UnreadableImageError):
        decode_image(data[:-2] + scan * 100 + data[-2:])
