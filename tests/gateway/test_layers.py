"""Image, mask, heat map and overlay: they fit each other pixel by pixel and hold no metadata."""

import io
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gateway.pictures import clean_png
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
