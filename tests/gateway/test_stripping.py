"""Images lose their metadata before they are stored, and not a pixel nor their scale with it."""

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational
from werkzeug.datastructures import FileStorage

from gateway.heavy import HeavyWork
from gateway.stripping import strip_metadata
from gateway.uploads import check_image
from handler.errors import ImageTooLargeError
from handler.image import Field, decode_image
from handler.scale import MPP_RANGE
from tests.gateway.stage import Stage, body
from tests.handler.image_files import asymmetric_rgb, encode, exif_orientation, png_chunk
from tests.imports import ROOT

NAME = "Erika Mustermann"
PLANTED = [NAME.encode(), NAME.encode("utf-16-le"), NAME.encode("utf-16-be"), zlib.compress(NAME.encode())]
ARTIST, MAKER_NOTE, USER_COMMENT, XP_AUTHOR = 0x013B, 0x927C, 0x9286, 0x9C9D
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{NAME}</creator></x:xmpmeta>".encode()
ORIENTATIONS = range(1, 9)
FORMATS = ["JPEG", "PNG", "TIFF", "WEBP"]
CODED = {"JPEG": b"\xff\xda", "PNG": b"IDAT", "WEBP": b"VP8L"}
MAGIC = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG", "TIFF": b"\x89PNG", "WEBP": b"RIFF"}


def telling_exif(orientation: int, mpp: float | None = None) -> Image.Exif:
    """Return what a phone writes: who, where, a note of its maker's, and a picture's place and scale."""
    exif = exif_orientation(orientation)
    exif[ARTIST] = NAME
    exif[XP_AUTHOR] = NAME.encode("utf-16-le")
    exif.get_ifd(0x8769).update({MAKER_NOTE: NAME.encode(), USER_COMMENT: b"UNICODE\0" + PLANTED[2]})
    exif.get_ifd(0x8825)[0x001D] = NAME
    if mpp is not None:
        exif[0x011A] = exif[0x011B] = IFDRational(round(25_400_000 / mpp), 1000)
        exif[0x0128] = 2
    return exif


def telling_jpeg(rgb: NDArray[np.uint8], orientation: int, mpp: float | None = None, **more: bool) -> bytes:
    """Return a JPEG that says the name in every segment that can hold it, and after its end."""
    exif = telling_exif(orientation, mpp).tobytes()
    data = encode(rgb, "JPEG", exif=exif, comment=NAME.encode(), xmp=XMP, **more)
    said = [segment(kind, NAME.encode()) for kind in (*range(0xE0, 0xF0), 0xFE)]
    said.append(segment(0xE0, b"JFXX\0\x10" + encode(rgb, "JPEG", comment=NAME.encode())))
    said.append(segment(0xE2, b"MPF\0" + NAME.encode()))
    said.append(segment(0xED, b"Photoshop 3.0\0" + NAME.encode()))
    return data[:20] + b"".join(said) + data[20:] + data + NAME.encode()


def segment(kind: int, text: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(text) + 2).to_bytes(2, "big") + text


def telling_png(rgb: NDArray[np.uint8], orientation: int, mpp: float | None = None) -> bytes:
    """Return a PNG that says the name in every kind of text, and after its end."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", NAME)
    text.add_text("Title", NAME, zip=True)
    text.add_itxt("Artist", NAME)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    resolution = {} if mpp is None else {"dpi": (25_400 / mpp, 25_400 / mpp)}
    data = encode(rgb, "PNG", exif=telling_exif(orientation), pnginfo=text, **resolution)
    own = png_chunk(b"tIME", bytes(7)) + png_chunk(b"naMe", NAME.encode())
    return data[:33] + own + data[33:] + NAME.encode()


def telling_webp(rgb: NDArray[np.uint8], orientation: int, mpp: float | None = None) -> bytes:
    """Return a WebP that says the name in EXIF, XMP, a chunk of its own and after its end."""
    data = encode(rgb, "WEBP", exif=telling_exif(orientation), xmp=XMP)
    own = data + b"naMe" + struct.pack("<I", len(NAME)) + NAME.encode()
    return own[:4] + struct.pack("<I", len(own) - 8) + own[8:] + NAME.encode()


def telling_tiff(rgb: NDArray[np.uint8], orientation: int, mpp: float | None = None) -> bytes:
    """Return a TIFF that says the name in its tags, with a label on a second page."""
    target = io.BytesIO()
    resolution: dict[str, Any] = (
        {} if mpp is None else {"resolution": (1e4 / mpp, 1e4 / mpp), "resolutionunit": 3}
    )
    with tifffile.TiffWriter(target) as pages:
        tags = [(274, 3, 1, orientation, True), (ARTIST, 2, 0, NAME, True), (700, 1, len(XMP), XMP, True)]
        pages.write(rgb, photometric="rgb", description=NAME, metadata=None, extratags=tags, **resolution)
        pages.write(rgb, photometric="rgb", description=NAME, metadata=None)
    return target.getvalue()


TELLING: dict[str, Callable[[NDArray[np.uint8], int, float | None], bytes]] = {
    "JPEG": telling_jpeg,
    "PNG": telling_png,
    "TIFF": telling_tiff,
    "WEBP": telling_webp,
}


def strip(data: bytes) -> bytes:
    """Strip, and see that nothing is told and nothing lost."""
    original = decode_image(data)
    stripped = strip_metadata(data, original)
    kept = decode_image(stripped)
    np.testing.assert_array_equal(kept.rgb, original.rgb)
    scale = original.file_mpp
    assert kept.file_mpp == (None if scale is None else pytest.approx(scale, rel=1e-4))
    assert not [word for word in PLANTED if word in stripped]
    assert strip_metadata(stripped, kept) == stripped
    return stripped


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("file_format", FORMATS)
def test_metadata_goes_and_every_pixel_stays(file_format: str, orientation: int) -> None:
    data = TELLING[file_format](asymmetric_rgb(), orientation, None)
    assert NAME.encode() in data
    stripped = strip(data)
    assert stripped.startswith(MAGIC[file_format])
    assert (b"Exif" in stripped or b"eXIf" in stripped or b"EXIF" in stripped) == (
        orientation != 1 and file_format != "TIFF"
    )
    if file_format in CODED:
        start = stripped.index(CODED[file_format])
        assert stripped[start : start + 60] in data


@settings(max_examples=150, deadline=None)
@given(
    file_format=st.sampled_from(FORMATS),
    orientation=st.sampled_from(ORIENTATIONS),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    mpp=st.none() | st.floats(*MPP_RANGE),
)
def test_any_picture_of_any_scale_is_scored_as_before(
    file_format: str, orientation: int, width: int, height: int, seed: int, mpp: float | None
) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert strip(TELLING[file_format](rgb, orientation, mpp)).startswith(MAGIC[file_format])


@pytest.mark.parametrize("mpp", [MPP_RANGE[0] * 1.0001, 0.2523, 0.5, MPP_RANGE[1] * 0.9999])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_the_files_own_scale_stays(file_format: str, mpp: float) -> None:
    kept = decode_image(strip(TELLING[file_format](asymmetric_rgb(), 1, mpp)))
    assert kept.file_mpp == pytest.approx(mpp, rel=1e-4)


def test_a_scale_that_only_microscope_software_understands_stays() -> None:
    target = io.BytesIO()
    description = f"ImageJ=1.54f\nunit=micron\ninfo={NAME}\n"
    tifffile.imwrite(target, asymmetric_rgb(), description=description, metadata=None, resolution=(2, 2))
    kept = decode_image(strip(target.getvalue()))
    assert kept.file_mpp == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("dots_per_inch", [72, 50_800])
def test_a_resolution_in_a_jpegs_own_header_stays_the_one_that_counts(dots_per_inch: int) -> None:
    exif = telling_exif(6, mpp=0.25)
    data = encode(asymmetric_rgb(), "JPEG", dpi=(dots_per_inch, dots_per_inch), exif=exif)
    strip(data)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_progressive_jpeg_keeps_its_scans(orientation: int) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (64, 96, 3), np.uint8)
    assert strip(telling_jpeg(rgb, orientation, progressive=True)).startswith(MAGIC["JPEG"])


def test_cmyk_jpegs_and_pictures_with_transparency_keep_their_colours() -> None:
    image, exif = Image.fromarray(asymmetric_rgb()), telling_exif(3)
    transparent = image.convert("RGBA")
    transparent.putalpha(Image.linear_gradient("L").resize(image.size))
    for picture, file_format in (
        (image.convert("CMYK"), "JPEG"),
        (image.convert("L"), "JPEG"),
        (image.quantize(8), "PNG"),
        (transparent, "PNG"),
        (transparent, "WEBP"),
        (transparent, "TIFF"),
    ):
        target = io.BytesIO()
        picture.save(target, file_format, exif=exif)
        assert strip(target.getvalue()).startswith(MAGIC[file_format])


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_colour_profiles_stay(file_format: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(asymmetric_rgb(), file_format, icc_profile=profile, exif=telling_exif(1))
    with Image.open(io.BytesIO(strip(data))) as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_file_without_metadata_stays_as_it_is(file_format: str) -> None:
    data = encode(asymmetric_rgb(), file_format)
    assert strip(data) == data


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_further_pictures_of_an_animation_go(file_format: str) -> None:
    first, second = Image.fromarray(asymmetric_rgb()), Image.new("RGB", (48, 32), "black")
    target = io.BytesIO()
    first.save(target, file_format, save_all=True, append_images=[second], lossless=True)
    with Image.open(io.BytesIO(strip(target.getvalue()))) as image:
        assert not getattr(image, "is_animated", False)


def test_what_cannot_be_taken_apart_is_written_anew() -> None:
    """A segment between the picture and its end marker that claims more bytes than there are."""
    data = encode(asymmetric_rgb(), "JPEG", comment=NAME.encode())
    odd = data[:-2] + b"\xff\xfe\xff\xff" + NAME.encode()
    assert strip(odd).startswith(MAGIC["PNG"])


def test_what_would_be_scored_differently_is_written_anew() -> None:
    """Where the decoder tells another scale than the file that is left, the pixels are written with it."""
    data = encode(asymmetric_rgb(), "JPEG", comment=NAME.encode())
    told: Field = replace(decode_image(data), rgb=asymmetric_rgb()[::-1].copy())
    stripped = strip_metadata(data, told)
    np.testing.assert_array_equal(decode_image(stripped).rgb, told.rgb)


SHORT_OF_MEMORY = """
import resource, sys
from pathlib import Path
from gateway.stripping import strip_metadata
from handler.errors import BusyError
from handler.image import decode_image
data = Path(sys.argv[1]).read_bytes()
field = decode_image(data)
pages = int(Path("/proc/self/statm").read_text().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 4 * 2**20, resource.RLIM_INFINITY))
try:
    strip_metadata(data, field)
except BusyError:
    sys.exit(75)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's size from /proc")
@pytest.mark.parametrize(("file_format", "more"), [("JPEG", {}), ("TIFF", {"compression": "tiff_lzw"})])
def test_a_lack_of_memory_is_not_the_images_fault(
    tmp_path: Path, file_format: str, more: dict[str, str]
) -> None:
    data = encode(np.zeros((7000, 7000, 3), np.uint8), file_format, exif=telling_exif(1), **more)
    (tmp_path / "large").write_bytes(data)
    command = [sys.executable, "-c", SHORT_OF_MEMORY, str(tmp_path / "large")]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == 75


@settings(max_examples=150, deadline=None)
@given(
    file_format=st.sampled_from(FORMATS),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4
    ),
)
def test_no_image_that_decodes_is_refused(file_format: str, damage: list[tuple[float, int]]) -> None:
    data = bytearray(TELLING[file_format](asymmetric_rgb(), 6, 0.5))
    for where, value in damage:
        data[int(where * len(data))] = value
    try:
        field = decode_image(bytes(data))
    except Exception:  # test_image.py says which
        return
    np.testing.assert_array_equal(decode_image(strip_metadata(bytes(data), field)).rgb, field.rgb)


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_is_stored_and_served_tells_nothing(down: Stage, file_format: str) -> None:
    data = TELLING[file_format](asymmetric_rgb(), 6, 0.5)
    (item,) = body(down.alice.upload([("field", data)], wait="0"))["items"]
    assert item["analysis"]["image"]["sha256"] == hashlib.sha256(data).hexdigest()
    (stored,) = down.services.settings.objects_folder.rglob("image-*")
    served = down.alice.get(item["analysis"]["links"]["image"]).data
    for kept in (stored.read_bytes(), served):
        assert not [word for word in PLANTED if word in kept]
    np.testing.assert_array_equal(decode_image(served).rgb, decode_image(data).rgb)


def test_an_image_that_is_too_large_without_its_coding_is_refused_at_once() -> None:
    """A TIFF is kept as PNG, which may take more than TorchServe takes."""
    rgb = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    data = encode(rgb, "TIFF", compression="jpeg")
    with pytest.raises(ImageTooLargeError, match="send it as JPEG"):
        check_image(FileStorage(io.BytesIO(data)), len(data), HeavyWork(threads=4))
