"""Image bytes become the right pixels the right way up, or a problem that names the cause."""

import gc
import hashlib
import io
import resource
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from handler.errors import (
    BusyError,
    EmptyImageError,
    ImageTooLargeError,
    ProblemError,
    UnreadableImageError,
    UnsupportedImageError,
)
from handler.image import Field, ImageLimits, decode_image
from tests.handler.image_files import (
    asymmetric_rgb,
    encode,
    exif_orientation,
    png_chunk,
    png_header,
    tiff_header,
    webp_header,
)

FORMATS = ["JPEG", "PNG", "TIFF", "WEBP"]
TRANSPOSE = Image.Transpose
TO_STORED = {
    1: None,
    2: TRANSPOSE.FLIP_LEFT_RIGHT,
    3: TRANSPOSE.ROTATE_180,
    4: TRANSPOSE.FLIP_TOP_BOTTOM,
    5: TRANSPOSE.TRANSPOSE,
    6: TRANSPOSE.ROTATE_90,
    7: TRANSPOSE.TRANSVERSE,
    8: TRANSPOSE.ROTATE_270,
}
"""How a picture lies in the file when the camera noted this orientation (EXIF 2.32, tag 274)."""


def assert_alike(field: Field, rgb: NDArray[np.uint8], tolerance: int = 1) -> None:
    assert field.rgb.dtype == np.uint8
    assert field.rgb.shape == rgb.shape
    difference = np.abs(field.rgb.astype(int) - rgb.astype(int))
    assert np.percentile(difference, 90) <= tolerance
    assert difference.mean() <= tolerance


def as_stored(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    method = TO_STORED[orientation]
    image = Image.fromarray(rgb)
    return np.asarray(image if method is None else image.transpose(method))


def save(image: Image.Image, file_format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


@pytest.mark.parametrize("file_format", FORMATS)
def test_each_format_gives_its_pixels_in_rgb_order(file_format: str) -> None:
    rgb = asymmetric_rgb()
    assert_alike(decode_image(encode(rgb, file_format)), rgb, tolerance=3)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_lossless_formats_give_exactly_their_pixels(file_format: str) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (17, 23, 3), np.uint8)
    np.testing.assert_array_equal(decode_image(encode(rgb, file_format)).rgb, rgb)


@pytest.mark.parametrize("orientation", TO_STORED)
@pytest.mark.parametrize("file_format", FORMATS)
def test_every_exif_orientation_is_applied_exactly_once(file_format: str, orientation: int) -> None:
    rgb = asymmetric_rgb()
    data = encode(as_stored(rgb, orientation), file_format, exif=exif_orientation(orientation))
    field = decode_image(data)
    assert_alike(field, rgb, tolerance=3)
    assert (field.width_px, field.height_px) == (48, 32)
    assert field.orientation == (1 if file_format == "TIFF" else orientation)  # Pillow undoes a TIFF's


@pytest.mark.parametrize("orientation", TO_STORED)
def test_orientation_of_compressed_tiff_and_cmyk_jpeg_is_applied_exactly_once(orientation: int) -> None:
    rgb, exif = asymmetric_rgb(), exif_orientation(orientation)
    stored = as_stored(rgb, orientation)
    assert_alike(decode_image(encode(stored, "TIFF", exif=exif, compression="tiff_lzw")), rgb)
    cmyk = save(Image.fromarray(stored).convert("CMYK"), "JPEG", exif=exif, quality=95, subsampling=0)
    assert_alike(decode_image(cmyk), rgb, tolerance=4)


def test_damaged_exif_data_is_no_reason_to_refuse_an_image() -> None:
    rgb = asymmetric_rgb()
    data = encode(rgb, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 5)
    assert_alike(decode_image(data), rgb, tolerance=3)


def test_pixels_can_be_written_to_and_lie_row_by_row() -> None:
    for file_format in FORMATS:
        data = encode(as_stored(asymmetric_rgb(), 6), file_format, exif=exif_orientation(6))
        flags = decode_image(data).rgb.flags
        assert flags.writeable
        assert flags.c_contiguous


def test_sha256_is_of_the_bytes_as_received() -> None:
    data = encode(asymmetric_rgb(), "PNG")
    assert decode_image(data).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("file_format", FORMATS)
def test_grey_images_have_three_equal_channels(file_format: str) -> None:
    grey = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))
    rgb = np.repeat(grey[..., None], 3, axis=2)
    assert_alike(decode_image(encode(grey, file_format)), rgb, tolerance=2)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_to_8(file_format: str) -> None:
    values = np.array([[0, 257, 32_896, 65_535], [128, 129, 65_406, 65_407]], np.uint16)
    field = decode_image(encode(values, file_format))
    np.testing.assert_array_equal(field.rgb[..., 0], [[0, 1, 128, 255], [0, 1, 254, 255]])


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiff_of_16_bits_is_scaled_to_8(byteorder: Literal["<", ">"], compression: str | None) -> None:
    rgb, target = asymmetric_rgb(), io.BytesIO()
    tifffile.imwrite(
        target, rgb.astype(np.uint16) * 257, byteorder=byteorder, compression=compression, photometric="rgb"
    )
    assert_alike(decode_image(target.getvalue()), rgb)


def test_big_endian_grey_tiff_of_16_bits_is_scaled_to_8() -> None:
    values, target = np.array([[0, 32_896, 65_535]], np.uint16), io.BytesIO()
    tifffile.imwrite(target, values, byteorder=">", photometric="minisblack")
    np.testing.assert_array_equal(decode_image(target.getvalue()).rgb[0, :, 1], [0, 128, 255])


def test_grey_tiff_of_16_bits_whose_zero_is_white_is_turned_over() -> None:
    values, target = np.array([[0, 32_896, 65_535]], np.uint16), io.BytesIO()
    tifffile.imwrite(target, values, photometric="miniswhite")
    np.testing.assert_array_equal(decode_image(target.getvalue()).rgb[0, :, 1], [255, 127, 0])


def test_png_of_16_bits_a_channel_is_scaled_to_8() -> None:
    rgb = asymmetric_rgb()
    _, data = cv2.imencode(".png", rgb[..., ::-1].astype(np.uint16) * 257)
    assert_alike(decode_image(data.tobytes()), rgb)


def test_cmyk_jpeg_becomes_rgb() -> None:
    rgb = asymmetric_rgb()
    data = save(Image.fromarray(rgb).convert("CMYK"), "JPEG", quality=95, subsampling=0)
    assert_alike(decode_image(data), rgb, tolerance=4)


def test_palette_images_give_the_colours_of_their_palette() -> None:
    rgb = asymmetric_rgb()
    data = save(Image.fromarray(rgb).quantize(8), "PNG")
    np.testing.assert_array_equal(decode_image(data).rgb, rgb)


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGBA", "PNG"), ("RGBA", "TIFF"), ("RGBA", "WEBP"), ("LA", "PNG"), ("LA", "TIFF")],
)
def test_transparent_pixels_lie_on_white_glass(mode: str, file_format: str) -> None:
    image = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 127))
    image.putpixel((2, 0), (0, 0, 0, 0))
    data = save(image.convert(mode), file_format, **({"lossless": True} if file_format == "WEBP" else {}))
    np.testing.assert_allclose(decode_image(data).rgb[0, :, 0], [0, 128, 255], atol=1)


def test_a_transparent_palette_entry_is_white() -> None:
    image = Image.fromarray(asymmetric_rgb()).quantize(4)
    transparent = image.getpixel((0, 0))
    rgb = decode_image(save(image, "PNG", transparency=transparent)).rgb
    assert rgb[0, 0].tolist() == [255, 255, 255]
    assert rgb[0, -1].tolist() == [30, 160, 50]


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_an_animation_or_stack_is_taken(file_format: str) -> None:
    first, second = Image.fromarray(asymmetric_rgb()), Image.new("RGB", (48, 32), "black")
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = save(first, file_format, save_all=True, append_images=[second], **options)
    np.testing.assert_array_equal(decode_image(data).rgb, asymmetric_rgb())


def test_floating_point_tiff_is_refused_with_a_reason() -> None:
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((4, 4), np.float32))
    with pytest.raises(UnreadableImageError, match="32 bits"):
        decode_image(target.getvalue())


def test_a_png_with_much_metadata_is_read() -> None:
    png = encode(asymmetric_rgb(), "PNG")
    text = png_chunk(b"zTXt", b"XMP\0\0" + zlib.compress(bytes(3_000_000)))
    assert_alike(decode_image(png[:33] + text + png[33:]), asymmetric_rgb())


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(EmptyImageError) as caught:
        decode_image(b"")
    assert (caught.value.status, caught.value.code) == (422, "empty-image")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"These are my notes, saved as photo.jpg.", "not an image"),
        (b"GIF89a\1\0\1\0", "GIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\xff\xd8", "not an image"),
        (b"<svg/>", "not an image"),
    ],
)
def test_other_files_are_unsupported_and_say_what_to_send(data: bytes, named: str) -> None:
    with pytest.raises(UnsupportedImageError, match=named) as caught:
        decode_image(data)
    assert caught.value.status == 415
    assert "JPEG, PNG, TIFF or WebP" in caught.value.detail


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("file_format", FORMATS)
def test_truncated_files_are_unreadable(file_format: str, kept: float) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    data = encode(noise, file_format)
    with pytest.raises(UnreadableImageError, match="damaged or incomplete") as caught:
        decode_image(data[: int(len(data) * kept)])
    assert (caught.value.status, caught.value.code) == (422, "unreadable-image")


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let the process reserve 64 MiB more than it has now, so that a larger allocation fails."""
    gc.collect()  # what earlier tests left could be freed, and used, meanwhile
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 64 * 2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def little_memory_left() -> Iterator[None]:
    with limited_memory():
        yield


@pytest.mark.parametrize(
    "data",
    [
        png_header(100_000, 100_000),
        png_header(100_000, 100_000) + png_chunk(b"IDAT", b"x\x9c\x03\0\0\0\0\1") + png_chunk(b"IEND", b""),
        webp_header(100_000, 100_000),
        webp_header(16_000, 16_000),
        png_header(20_001, 1),
        tiff_header(90_000, 90_000),
        encode(np.zeros((1, 20_001, 3), np.uint8), "JPEG"),
        encode(np.zeros((1, 20_001, 3), np.uint8), "TIFF"),
    ],
    ids=["png", "whole png", "webp", "webp canvas", "png side", "tiff", "jpeg side", "tiff side"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's size from /proc")
@pytest.mark.usefixtures("little_memory_left")
def test_a_header_that_claims_too_many_pixels_is_refused_before_memory_is_taken(data: bytes) -> None:
    with pytest.raises(ImageTooLargeError) as caught:
        decode_image(data)
    assert caught.value.status == 413


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's size from /proc")
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_lack_of_memory_is_not_the_images_fault(file_format: str) -> None:
    data = encode(np.zeros((7900, 7900, 3), np.uint8), file_format)
    with limited_memory(), pytest.raises(BusyError):
        decode_image(data)


@pytest.mark.parametrize(("tile_px", "problem"), [(2048, UnreadableImageError), (32_768, ImageTooLargeError)])
def test_a_tiff_of_tiles_far_larger_than_its_image_is_refused(
    tile_px: int, problem: type[ProblemError]
) -> None:
    target = io.BytesIO()
    tifffile.imwrite(target, asymmetric_rgb(), tile=(64, 64), photometric="rgb", compression="zlib")
    width = struct.pack("<HHI", 322, 4, 1)
    data = target.getvalue()
    at = data.find(struct.pack("<HH", 322, 4)) if width in data else data.find(struct.pack("<HH", 322, 3))
    claimed = data[: at + 8] + struct.pack("<I", tile_px) + data[at + 12 :]
    assert decode_image(data).width_px == 48
    with pytest.raises(problem):
        decode_image(claimed)


def test_limits_on_bytes_pixels_and_sides_each_hold_and_are_inclusive() -> None:
    data = encode(asymmetric_rgb(48, 32), "PNG")
    decode_image(data, ImageLimits(max_bytes=len(data), max_pixels=48 * 32, max_side_px=48))
    for limits in (
        ImageLimits(max_bytes=len(data) - 1),
        ImageLimits(max_pixels=48 * 32 - 1),
        ImageLimits(max_side_px=47),
    ):
        with pytest.raises(ImageTooLargeError):
            decode_image(data, limits)


def test_a_header_without_pixels_is_unreadable() -> None:
    with pytest.raises(UnreadableImageError, match="no pixels"):
        decode_image(png_header(0, 10))


def test_problem_details_hold_nothing_of_the_file_but_its_size() -> None:
    secret = b"Jane Doe 1961-02-03"
    for data in (secret, b"\x89PNG\r\n\x1a\n" + secret, b"\xff\xd8\xff" + secret, b"II*\0" + secret):
        with pytest.raises(ProblemError) as caught:
            decode_image(data)
        assert "Jane" not in caught.value.detail


@settings(max_examples=150, deadline=None)
@given(
    file_format=st.sampled_from(FORMATS),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8
    ),
)
def test_damaged_bytes_give_a_field_or_a_problem_and_nothing_else(
    file_format: str, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(encode(asymmetric_rgb(), file_format))
    for where, value in damage:
        data[int(where * len(data))] = value
    try:
        field = decode_image(bytes(data))
    except ProblemError as problem:
        assert problem.status in (413, 415, 422)
    else:
        assert field.rgb.ndim == 3


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    file_format=st.sampled_from(FORMATS),
    orientation=st.sampled_from(sorted(TO_STORED)),
)
def test_any_size_down_to_one_pixel_keeps_its_shape(
    width: int, height: int, file_format: str, orientation: int
) -> None:
    rgb = np.full((height, width, 3), 90, np.uint8)
    data = encode(as_stored(rgb, orientation), file_format, exif=exif_orientation(orientation))
    assert_alike(decode_image(data), rgb, tolerance=2)


def as_pillow_composes(data: bytes) -> NDArray[np.uint8]:
    seen = Image.open(io.BytesIO(data)).convert("RGBA")
    glass = Image.new("RGBA", seen.size, "white")
    glass.alpha_composite(seen)
    return np.asarray(glass.convert("RGB"))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA", "P"])
@pytest.mark.parametrize("height", [127, 128, 300])
def test_strips_make_no_difference_to_any_pixel(file_format: str, mode: str, height: int) -> None:
    """Each format against Pillow's own decoding and composing of the whole picture."""
    rng = np.random.default_rng(height)
    image = Image.fromarray(rng.integers(0, 256, (height, 41, 4), np.uint8), "RGBA")
    kept = image.convert("RGB").quantize(16) if mode == "P" else image.convert(mode)
    data = save(
        kept if file_format != "WEBP" else kept.convert(image.mode if "A" in mode else "RGB"), file_format
    )
    np.testing.assert_array_equal(decode_image(data).rgb, as_pillow_composes(data))
