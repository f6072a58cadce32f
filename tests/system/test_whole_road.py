"""From an upload to its score and pictures, through the real gateway and a real TorchServe."""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.gateway.stage import ANALYSES, Stage, body, migrate, set_stage, stage_settings
from tests.handler.image_files import encode, exif_orientation, png_header
from tests.handler.test_image import TO_STORED, as_stored
from tests.serving import RunningTorchServe
from training.phantoms import Phantom, draw_phantom

BROKEN = {
    7: ("notes.jpg", b"These are my notes.", "unsupported-image", "send JPEG, PNG, TIFF or WebP"),
    23: ("empty.png", b"", "empty-image", "no bytes"),
    42: ("bomb.png", png_header(100_000, 100_000), "image-too-large", "100000 x 100000"),
    61: ("cut.png", encode(draw_phantom(0, 128, 128).rgb, "PNG")[:9000], "unreadable-image", "incomplete"),
    99: ("film.gif", b"GIF89a\1\0\1\0", "unsupported-image", "GIF"),
}


@pytest.fixture(scope="module")
def gateway(torchserve: RunningTorchServe, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("whole-road")
    stage = set_stage(stage_settings(folder / "var", torchserve), migrate(folder / "migrated"))
    yield stage
    stage.close()


def upload(gateway: Stage, images: Sequence[tuple[str, bytes]], mpp: str) -> list[dict[str, Any]]:
    """Send all in one POST, written by httpx: Flask's own client leaves a temporary file of a large one."""
    files = [("images", image) for image in images]
    sent = httpx2.Request("POST", "http://gateway", data={"mpp": mpp, "wait": "280"}, files=files)
    kind = {"Content-Type": sent.headers["Content-Type"]}
    answer = gateway.alice.post(ANALYSES, kind, data=sent.read())
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = body(answer)["items"]
    return items


@pytest.fixture(scope="module")
def fields() -> list[bytes]:
    return [encode(draw_phantom(seed, 128, 128).rgb, "PNG") for seed in range(5)]


@pytest.fixture(scope="module")
def items(gateway: Stage, fields: list[bytes]) -> list[dict[str, Any]]:
    """What one POST of 100 images answers, five of which are broken."""
    sent = [BROKEN[at][:2] if at in BROKEN else (f"{at}.png", fields[at % 5]) for at in range(100)]
    return upload(gateway, sent, mpp="0.5")


def test_of_100_images_the_95_whole_ones_are_scored(items: list[dict[str, Any]]) -> None:
    assert [item["index"] for item in items] == list(range(100))
    scored = [item["index"] for item in items if item["status"] == "succeeded"]
    assert scored == [at for at in range(100) if at not in BROKEN]


@pytest.mark.parametrize("place", BROKEN)
def test_each_of_the_5_broken_ones_is_told_its_cause(items: list[dict[str, Any]], place: int) -> None:
    *_, code, cause = BROKEN[place]
    assert items[place]["status"] == "failed"
    assert items[place]["problem"]["type"].rpartition("/")[2] == code
    assert cause in items[place]["problem"]["detail"]


def test_among_100_through_the_gateway_and_alone_at_torchserve_an_image_counts_the_same(
    torchserve: RunningTorchServe, items: list[dict[str, Any]], fields: list[bytes]
) -> None:
    alone = [torchserve.post(field, {"X-Ki67-Mpp": "0.5"}).json() for field in fields]
    assert sum(answer["counts"]["total"] for answer in alone) > 20
    for place in set(range(100)) - BROKEN.keys():
        analysis = items[place]["analysis"]
        assert analysis["counts"] == alone[place % 5]["counts"]
        assert analysis["nuclei"] == alone[place % 5]["nuclei"]


@pytest.fixture(scope="module")
def upright() -> Phantom:
    return draw_phantom(21, 330, 226, mpp=0.25)


@pytest.fixture(scope="module")
def turned(gateway: Stage, upright: Phantom) -> list[dict[str, Any]]:
    """The analyses of one field, stored in each of the eight ways a camera may have been held."""
    sent = [
        (f"{value}.png", encode(as_stored(upright.rgb, value), "PNG", exif=exif_orientation(value)))
        for value in TO_STORED
    ]
    return [item["analysis"] for item in upload(gateway, sent, mpp="0.25")]


def layer(gateway: Stage, analysis: dict[str, Any], name: str) -> NDArray[np.uint8]:
    data = gateway.alice.get(analysis["links"][name]).data
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels.astype(np.uint8, copy=False)


def test_however_the_camera_was_held_the_image_is_the_upright_one(
    gateway: Stage, turned: list[dict[str, Any]], upright: Phantom
) -> None:
    assert len(turned) == 8
    for analysis in turned:
        assert (analysis["image"]["width_px"], analysis["image"]["height_px"]) == (330, 226)
        assert np.array_equal(layer(gateway, analysis, "image")[..., ::-1], upright.rgb)


@pytest.mark.parametrize("name", ["mask", "heatmap", "overlay"])
def test_however_the_camera_was_held_each_layer_is_that_of_the_upright_image(
    gateway: Stage, turned: list[dict[str, Any]], name: str
) -> None:
    first, *others = (layer(gateway, analysis, name) for analysis in turned)
    assert first.shape[:2] == (226, 330)
    assert not np.array_equal(first, np.rot90(first, 2))
    assert all(np.array_equal(first, other) for other in others)


def test_however_the_camera_was_held_the_nuclei_lie_in_the_same_places(turned: list[dict[str, Any]]) -> None:
    assert len(turned[0]["nuclei"]) > 10
    assert all(analysis["nuclei"] == turned[0]["nuclei"] for analysis in turned)


def test_the_mask_lies_on_the_drawn_nuclei(
    gateway: Stage, turned: list[dict[str, Any]], upright: Phantom
) -> None:
    """The overlap with the truth falls when the mask is moved by a pixel to any side."""
    found = layer(gateway, turned[0], "mask") > 0
    drawn = upright.instance_map > 0
    in_place = overlap(found, drawn)
    assert in_place > 0.5
    for moved in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        assert overlap(np.roll(found, moved, (0, 1)), drawn) < in_place


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())
