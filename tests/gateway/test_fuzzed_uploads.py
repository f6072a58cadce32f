"""Hundreds of broken uploads: each is taken or refused with its cause named, and memory stays small."""

import gc
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.gateway.stage import ANALYSES, Stage, phantom_png, set_stage, stage_settings
from tests.handler.image_files import (
    asymmetric_rgb,
    encode,
    exif_orientation,
    png_chunk,
    png_header,
    tiff_header,
    webp_header,
)

SEED = 20_261_124
FLIPS, CUTS, SPLICES = 28, 12, 6
GROWTH_LIMIT_MIB = 400
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
NAMED = (
    "../../etc/passwd",
    "..\\..\\windows\\system32\\a.png",
    "/etc/shadow",
    "x" * 10_000 + ".png",
    "\u202egnp.exe",
    "a\x00b.png",
    "; DROP TABLE analyses; --.png",
    "<script>alert(1)</script>.png",
    "=cmd|' /C calc'!A0.png",
    ".",
    "..",
    "",
    " ",
    "CON.png",
    "\U0001f52c" * 300,
)
RAW_NAMES = (b"\xff\xfe\xfa.png", b"caf\xe9.png", b"\xc3\x28.png", b"\x80" * 300, b"a%00b.png", b'a\\".png')


def saved(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, file_format, **options)
    return target.getvalue()


def animated(file_format: str) -> bytes:
    frames = [Image.fromarray(np.full((16, 16, 3), grey, np.uint8)) for grey in (0, 90, 200)]
    return saved(frames[0], file_format, save_all=True, append_images=frames[1:])


def jpeg_header(width: int, height: int) -> bytes:
    """Return a JPEG whose frame claims a size; its fields hold 65,535 at most."""
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


def png_of_zeros(width: int, height: int) -> bytes:
    """Return a small, valid PNG of a huge black image."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(width * 3 + 1)) for _ in range(height)) + rows.flush()
    return png_header(width, height) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("field.png", bytes(1_000_000))
    return target.getvalue()


def with_huge_exif(file_format: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "x" * 60_000
    return encode(asymmetric_rgb(), file_format, exif=exif)


def valid() -> dict[str, bytes]:
    return {name: encode(asymmetric_rgb(), name) for name in FORMATS}


def bombs() -> Iterator[tuple[str, bytes]]:
    sides = ((100_000, 100_000), (2**31 - 1, 2**31 - 1), (1, 100_000_000), (100_000_000, 1), (0, 0))
    makers: dict[str, Callable[[int, int], bytes]] = {"png": png_header, "tiff": tiff_header}
    for name, make in makers.items():
        for width, height in sides:
            yield f"{name} bomb {width} x {height}", make(width, height)
    yield "webp bomb", webp_header(100_000, 100_000)
    yield "webp bomb of its largest size", webp_header(2**24, 2**24)
    for sides_px in ((65_535, 65_535), (65_535, 1), (0, 0)):
        yield f"jpeg bomb {sides_px}", jpeg_header(*sides_px)
    yield "png of 100,000 x 1,000 zeros", png_of_zeros(100_000, 1_000)
    bomb = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))
    yield "png with a text bomb", phantom_png()[:33] + bomb + phantom_png()[33:]


def strangers() -> Iterator[tuple[str, bytes]]:
    yield from {
        "nothing": b"",
        "zeros": bytes(5_000),
        "one byte": b"\xff",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "svg bomb": b"<!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><svg>&b;</svg>",
        "html": b"<!doctype html><html><body><img src=x onerror=alert(1)></body></html>",
        "zip": zipped(),
        "pdf": b"%PDF-1.7\n%%EOF",
        "shell": b"#!/bin/sh\nrm -rf /\n",
        "elf": b"\x7fELF" + bytes(100),
        "json": b'{"images": []}',
        "bmp": saved(Image.new("RGB", (9, 9)), "BMP"),
        "gif": saved(Image.new("P", (9, 9)), "GIF"),
        "animated gif": animated("GIF"),
        "icon": saved(Image.new("RGB", (16, 16)), "ICO"),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "heic": b"\0\0\0\x18ftypheic" + bytes(100),
        "avif": b"\0\0\0\x18ftypavif" + bytes(100),
        "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
        "dicom": bytes(128) + b"DICM" + bytes(100),
        "bigtiff": b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + bytes(64),
        "only magic: png": b"\x89PNG\r\n\x1a\n",
        "only magic: jpeg": b"\xff\xd8\xff",
        "only magic: tiff": b"II*\0",
        "only magic: webp": b"RIFF\0\0\0\0WEBP",
        "tiff whose directory is itself": b"II*\0" + struct.pack("<IHI", 8, 0, 8),
        "tiff whose directory lies outside": b"MM\0*" + struct.pack(">I", 2**32 - 1),
    }.items()


def odd_images() -> Iterator[tuple[str, bytes]]:
    grey_16 = np.arange(48 * 32, dtype=np.uint16).reshape(32, 48) * 40
    for name in FORMATS:
        yield f"1 x 1 {name}", encode(np.zeros((1, 1, 3), np.uint8), name)
        yield f"huge exif in {name}", with_huge_exif(name)
        for orientation in (0, 3, 6, 8, 9, 65_535):
            turned = encode(asymmetric_rgb(), name, exif=exif_orientation(orientation))
            yield f"{name} of orientation {orientation}", turned
    for mode in ("CMYK", "L", "1", "YCbCr", "LAB"):
        yield f"{mode} TIFF", saved(Image.new(mode, (24, 16)), "TIFF")
    for mode in ("RGBA", "LA", "P", "L", "1", "I;16"):
        yield f"{mode} PNG", saved(Image.new(mode, (24, 16)), "PNG")
    yield "CMYK JPEG", saved(Image.new("CMYK", (24, 16)), "JPEG")
    yield "grey JPEG", saved(Image.new("L", (24, 16)), "JPEG")
    yield "progressive JPEG", saved(Image.fromarray(asymmetric_rgb()), "JPEG", progressive=True)
    yield "RGBA WebP", saved(Image.new("RGBA", (24, 16), (9, 9, 9, 9)), "WEBP")
    yield "16-bit PNG", encode(grey_16, "PNG")
    yield "16-bit TIFF", encode(grey_16, "TIFF")
    yield "32-bit float TIFF", saved(Image.new("F", (24, 16)), "TIFF")
    yield "32-bit TIFF", saved(Image.new("I", (24, 16)), "TIFF")
    yield "animated WebP", animated("WEBP")
    yield "animated PNG", animated("PNG")
    yield "TIFF of three pages", animated("TIFF")


def polyglots() -> Iterator[tuple[str, bytes]]:
    tails = {"html": b"<script>alert(1)</script>", "zip": zipped(), "php": b"<?php system('id'); ?>"}
    for name, data in valid().items():
        for kind, tail in tails.items():
            yield f"{name} with {kind} behind", data + tail
            yield f"{kind} before {name}", tail + data


def mutants() -> Iterator[tuple[str, bytes]]:
    """Valid files with bytes flipped, cut off, or spliced in; the same at every run."""
    drawn = random.Random(SEED)  # noqa: S311 - not for secrets
    for name, data in valid().items():
        for number in range(FLIPS):
            flipped = bytearray(data)
            for _ in range(1 + number // 4):
                flipped[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
            yield f"{name} flipped {number}", bytes(flipped)
        for number in range(CUTS):
            yield f"{name} cut {number}", data[: drawn.randrange(1, len(data))]
        for number in range(SPLICES):
            at = drawn.randrange(len(data))
            yield f"{name} spliced {number}", data[:at] + drawn.randbytes(40) + data[at:]


def broken() -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for source in (bombs, strangers, odd_images, polyglots, mutants):
        made |= dict(source())
    return made


@pytest.fixture
def patient(tmp_path: Path, migrated: Path) -> Iterator[Stage]:
    stage = set_stage(stage_settings(tmp_path / "var", wait_default_seconds=0), migrated)
    yield stage
    stage.close()


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def complaint(answer: TestResponse) -> str:
    """Return what is wrong with an answer; nothing where it took the upload or named the cause."""
    if answer.status_code in (200, 202):
        return ""
    if not 400 <= answer.status_code < 500:
        return f"status {answer.status_code}: {answer.text[:300]}"
    if answer.content_type != "application/problem+json":
        return f"type {answer.content_type}"
    problem = json.loads(answer.data)
    detail = problem.get("detail") or ""
    if not problem["type"].startswith("/problems/") or len(detail) < 20:
        return f"no cause: {problem}"
    leaks = [mark for mark in ("Traceback", "/tmp", "/home", ".py", "0x", "Error(") if mark in answer.text]  # noqa: S108
    return f"leaks {leaks}: {detail}" if leaks else ""


def test_hundreds_of_broken_files_are_taken_or_refused_with_their_cause(patient: Stage) -> None:
    files = broken()
    assert len(files) >= 300
    assert not complaint(patient.alice.upload([("a.png", phantom_png())]))
    gc.collect()
    before = resident_mib()
    complaints = {
        name: said
        for name, data in files.items()
        if (said := complaint(patient.alice.upload([("field.png", data)])))
    }
    gc.collect()
    assert complaints == {}
    assert resident_mib() - before < GROWTH_LIMIT_MIB


MUST = {"png bomb 100000 x 100000": 413, "tiff bomb 100000 x 100000": 413, "webp bomb": 413} | {
    "jpeg bomb (65535, 65535)": 413,
    "nothing": 422,
    "svg": 415,
    "html": 415,
    "zip": 415,
    "animated gif": 415,
    "CMYK JPEG": 202,
    "16-bit PNG": 202,
    "RGBA PNG": 202,
    "animated WebP": 202,
    "animated PNG": 202,
    "1 x 1 PNG": 202,
    "JPEG of orientation 6": 202,
    "huge exif in JPEG": 202,
}


def test_what_is_an_image_is_taken_and_what_is_none_is_not(patient: Stage) -> None:
    files = broken()
    statuses = {name: patient.alice.upload([("field.png", files[name])]).status_code for name in MUST}
    assert statuses == MUST


def with_raw_name(stage: Stage, name: bytes) -> TestResponse:
    """Send a file whose name is these bytes, as no library would."""
    head = b'--limit\r\nContent-Disposition: form-data; name="images"; filename="' + name + b'"\r\n\r\n'
    data = head + phantom_png() + b"\r\n--limit--\r\n"
    return stage.alice.post(ANALYSES, data=data, content_type="multipart/form-data; boundary=limit")


@pytest.mark.parametrize("number", range(len(NAMED)))
def test_any_name_is_taken_and_none_leaves_its_folder(patient: Stage, number: int) -> None:
    name = NAMED[number]
    answer = with_raw_name(patient, name.encode())
    assert complaint(answer) == ""
    if answer.status_code == 202:
        kept = json.loads(answer.data)["items"][0]["filename"]
        assert kept and len(kept) <= 255 and not set(kept) & set("/\\\x00\u202e")


@pytest.mark.parametrize("name", RAW_NAMES)
def test_names_that_are_no_utf_8_do_no_harm(patient: Stage, name: bytes) -> None:
    answer = with_raw_name(patient, name)
    assert complaint(answer) == ""
    assert answer.status_code == 202 or "UTF-8" in json.loads(answer.data)["detail"]
    listed = patient.alice.get(ANALYSES)
    assert listed.status_code == 200
