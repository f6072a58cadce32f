"""Image, mask, heat map and overlay: they fit each other pixel by pixel and hold no metadata."""

import io
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gateway.pictures import MaxPx, clean_jpeg, clean_png, fitted
from handler.rendering import NEGATIVE_RGB, POSITIVE_RGB
from tests.gateway.browser import signed_in
from tests.gateway.stage import Stage, body
from tests.handler.image_files import asymmetric_rgb, encode, exif_orientation

PICTURES = ("image", "mask", "heatmap", "overlay")


def picture(live: Stage, scored: dict[str, Any], name: str) -> NDArray[Any]:
    answer = live.alice.get(scored["links"][name])
    assert answer.content_type == "image/png"
    pixels = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels


@pytest.mark.parametrize("name", PICTURES)
def test_every_layer_has_the_size_of_the_image(live: Stage, scored: dict[str, Any], name: str) -> None:
    assert picture(live, scored, name).shape[:2] == (192, 256)


def test_the_image_comes_back_exactly(live: Stage, scored: dict[str, Any], field: bytes) -> None:
    sent = cv2.imdecode(np.frombuffer(field, np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    assert np.array_equal(picture(live, scored, "image"), sent)


def test_the_mask_shows_each_nucleus_in_its_class(live: Stage, scored: dict[str, Any]) -> None:
    mask = picture(live, scored, "mask")
    assert set(np.unique(mask)) <= {0, 128, 255}
    nuclei = body(live.alice.get(scored["links"]["self"]))["nuclei"]
    levels = {"immunonegative": 128, "immunopositive": 255}
    hits = [mask[round(n["y"]), round(n["x"])] == levels[n["class"]] for n in nuclei]
    assert sum(hits) >= 0.9 * len(hits)


def test_the_overlay_is_the_image_with_lines(live: Stage, scored: dict[str, Any]) -> None:
    changed = (picture(live, scored, "overlay") != picture(live, scored, "image")).any(axis=2)
    assert 0 < changed.mean() < 0.5


def test_a_layer_is_not_drawn_again_for_who_has_it(live: Stage, scored: dict[str, Any]) -> None:
    etag = live.alice.get(scored["links"]["mask"]).headers["ETag"]
    answer = live.alice.get(scored["links"]["mask"], {"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_an_analysis_without_result_has_no_layers_but_its_image(down: Stage, field: bytes) -> None:
    analysis = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]
    assert set(analysis["links"]) == {"self", "image"}
    path = analysis["links"]["self"]
    assert down.alice.get(f"{path}/image").status_code == 200
    for name in ("mask.png", "heatmap.png", "overlay.png", "nuclei.geojson", "nuclei.csv", "rois.zip"):
        answer = down.alice.get(f"{path}/{name}")
        assert answer.status_code == 409
        assert answer.content_type == "application/problem+json"


def sized(live: Stage, scored: dict[str, Any], path: str) -> NDArray[Any]:
    answer = live.alice.get(f"{scored['links']['self']}/{path}")
    assert answer.status_code == 200
    pixels = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels


def test_an_image_for_a_screen_is_a_jpeg_near_the_image(live: Stage, scored: dict[str, Any]) -> None:
    answer = live.alice.get(f"{scored['links']['self']}/image.jpg")
    assert (answer.content_type, answer.data[:2]) == ("image/jpeg", b"\xff\xd8")
    shown = sized(live, scored, "image.jpg").astype(int)
    assert np.abs(shown - picture(live, scored, "image")).mean() < 8


def test_a_layer_for_a_screen_is_as_large_as_asked_and_never_larger(
    live: Stage, scored: dict[str, Any]
) -> None:
    for path in ("image.jpg?max_px=512", "mask.png?max_px=4096", "heatmap.png?max_px=512"):
        assert sized(live, scored, path).shape[:2] == (192, 256)
    assert live.alice.get(f"{scored['links']['self']}/image.jpg?max_px=100").status_code == 422


@pytest.mark.parametrize(
    ("longest", "size"), [("512", (512, 384)), ("4096", (4000, 3000)), (None, (4000, 3000))]
)
def test_a_picture_keeps_its_shape(longest: MaxPx | None, size: tuple[int, int]) -> None:
    assert fitted((4000, 3000), longest) == size
    assert fitted((9000, 1), "512") == (512, 1)


def test_pictures_made_smaller_show_the_same() -> None:
    rgb = np.zeros((1200, 1600, 3), np.uint8)
    rgb[:, 800:] = 200
    shown = cv2.imdecode(np.frombuffer(clean_jpeg(encode(rgb, "PNG"), "512"), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (384, 512, 3)
    assert (shown[:, :240].mean() < 3, shown[:, 270:].mean() > 197) == (True, True)


def test_the_mask_as_a_layer_has_the_overlays_colours(live: Stage, scored: dict[str, Any]) -> None:
    levels, layer = picture(live, scored, "mask"), sized(live, scored, "mask.png?style=layer")
    for level, (red, green, blue) in ((128, NEGATIVE_RGB), (255, POSITIVE_RGB)):
        shown = layer[levels == level]
        assert len(shown) > 0
        assert (shown[:, :3] == (blue, green, red)).all()
        assert (shown[:, 3] > 0).all()
    assert (layer[levels == 0][:, 3] == 0).all()


def test_a_browser_keeps_no_image_on_its_disk_and_a_program_may(live: Stage, scored: dict[str, Any]) -> None:
    path = scored["links"]["mask"]
    by_key = live.alice.get(path)
    assert by_key.headers["Cache-Control"] == "private, no-cache"
    by_session = signed_in(live, "alice").get(path)
    assert by_session.headers["Cache-Control"] == "private, no-store"
    assert by_session.data == by_key.data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_image_served_is_upright_and_tells_nothing_else(orientation: int) -> None:
    exif = exif_orientation(orientation)
    exif[0x010F] = "A phone of somebody"
    sent = encode(asymmetric_rgb(), "PNG", exif=exif)
    assert b"somebody" in sent
    served = clean_png(sent)
    assert b"somebody" not in served
    assert b"eXIf" not in served
    with Image.open(io.BytesIO(served)) as image:
        assert not image.info
        turned = orientation >= 5
        assert image.size == ((32, 48) if turned else (48, 32))
