"""The scale that a file states is read, whoever wrote it; what only a printer could mean is none."""

import io

import pytest
import tifffile

from handler.image import decode_image
from tests.handler.image_files import asymmetric_rgb, encode, png_chunk

FORMATS = ["JPEG", "PNG", "TIFF", "WEBP"]


@pytest.mark.parametrize("dots_per_inch", [72, 96, 300, 1200, 2400, 4800])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_a_print_resolution_is_not_a_scale(file_format: str, dots_per_inch: int) -> None:
    data = encode(asymmetric_rgb(), file_format, dpi=(dots_per_inch, dots_per_inch))
    assert decode_image(data).file_mpp is None


@pytest.mark.parametrize(
    ("file_format", "mpp"), [("PNG", 0.25), ("TIFF", 0.25), ("TIFF", 0.5), ("JPEG", 0.5)]
)
def test_a_microscope_resolution_is_the_files_scale(file_format: str, mpp: float) -> None:
    dots_per_inch = 25_400 / mpp
    data = encode(asymmetric_rgb(), file_format, dpi=(dots_per_inch, dots_per_inch))
    assert decode_image(data).file_mpp == pytest.approx(mpp, rel=1e-4)


def test_png_and_tiff_in_metric_units_tell_their_scale() -> None:
    png = encode(asymmetric_rgb(), "PNG")
    phys = png_chunk(b"pHYs", (2_000_000).to_bytes(4, "big") * 2 + b"\1")
    assert decode_image(png[:33] + phys + png[33:]).file_mpp == pytest.approx(0.5)
    target = io.BytesIO()
    tifffile.imwrite(
        target, asymmetric_rgb(), resolution=(40_000, 40_000), resolutionunit="CENTIMETER", photometric="rgb"
    )
    assert decode_image(target.getvalue()).file_mpp == pytest.approx(0.25)


@pytest.mark.parametrize(
    "description",
    [
        "ImageJ=1.54f\nunit=micron\nspacing=1.0\n",
        "ImageJ=1.54f\nunit=\\u00B5m\n",
        '<?xml version="1.0"?><OME><Pixels PhysicalSizeX="0.5" PhysicalSizeY="0.5" SizeC="3"/></OME>',
        "Aperio Image Library v12\r\n48x32|AppMag = 20|MPP = 0.5000|Left = 1",
    ],
    ids=["ImageJ", "ImageJ escaped", "OME", "Aperio"],
)
def test_what_microscope_software_writes_in_a_tiff_is_its_scale(description: str) -> None:
    rgb, target = asymmetric_rgb(), io.BytesIO()
    tifffile.imwrite(
        target, rgb, description=description, metadata=None, resolution=(2, 2), resolutionunit="NONE"
    )
    assert decode_image(target.getvalue()).file_mpp == pytest.approx(0.5)


@pytest.mark.parametrize(
    "description",
    [
        "ImageJ=1.54f\nunit=inch\n",
        '<OME><Pixels PhysicalSizeX="0.5" PhysicalSizeXUnit="mm" PhysicalSizeY="0.5"/></OME>',
        '<OME><Pixels PhysicalSizeX="0.5" PhysicalSizeY="0.9"/></OME>',
        '<OME><Pixels PhysicalSizeX="1e999" PhysicalSizeY="..."/></OME>',
        "MPP = 0.5",
    ],
)
def test_a_description_of_no_square_micron_pixels_states_no_scale(description: str) -> None:
    rgb, target = asymmetric_rgb(), io.BytesIO()
    tifffile.imwrite(
        target, rgb, description=description, metadata=None, resolution=(2, 2), resolutionunit="NONE"
    )
    assert decode_image(target.getvalue()).file_mpp is None


def test_an_ome_tiff_in_micrometres_is_read_as_it_is_written_today() -> None:
    target = io.BytesIO()
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.5, "PhysicalSizeYUnit": "µm"}
    tifffile.imwrite(target, asymmetric_rgb(), ome=True, photometric="rgb", metadata={"axes": "YXS", **sizes})
    assert decode_image(target.getvalue()).file_mpp == pytest.approx(0.5)


def test_pixels_that_are_not_square_state_no_scale() -> None:
    data = encode(asymmetric_rgb(), "PNG", dpi=(101_600, 50_800))
    assert decode_image(data).file_mpp is None


def test_files_without_resolution_state_no_scale() -> None:
    for file_format in FORMATS:
        assert decode_image(encode(asymmetric_rgb(), file_format)).file_mpp is None
