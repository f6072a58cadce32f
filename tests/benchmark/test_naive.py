"""The baseline in TorchServe's own context: the same phantom, counted the notebook's way."""

import base64
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmark.images import jpeg
from benchmark.naive.archive import build_naive_archive
from benchmark.naive.naive_entry import NaiveHandler, count
from benchmark.places import SPEC, WEIGHTS, version_folder
from model_store import DEFAULT_VERSION
from tests.handler.server_context import Context, RequestProcessor
from training.phantoms import draw_phantom

VERSION = version_folder(DEFAULT_VERSION)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("naive")
    for name in (SPEC, WEIGHTS):
        shutil.copyfile(VERSION / name, folder / name)
    context = Context("naive", str(folder), {}, 1, None, "0.12.0")
    context.request_processor = [RequestProcessor({})]
    handler = NaiveHandler()
    handler.initialize(context)
    (scored,) = handler.handle([{"body": bytearray(jpeg(draw_phantom(3, 256, 256).rgb))}], context)
    document: dict[str, Any] = json.loads(json.dumps(scored))
    return document


def test_it_finds_nuclei_of_a_phantom_and_its_counts_add_up(answer: dict[str, Any]) -> None:
    counts = answer["counts"]
    assert counts["total"] == len(answer["nuclei"]) > 10
    assert counts["immunopositive"] + counts["immunonegative"] == counts["total"]
    assert answer["index_percent"] == pytest.approx(100 * counts["immunopositive"] / counts["total"])


def test_mask_and_heat_map_are_base64_pictures_of_the_image(answer: dict[str, Any]) -> None:
    mask, heat = (
        cv2.imdecode(np.frombuffer(base64.b64decode(answer[name]), np.uint8), cv2.IMREAD_UNCHANGED)
        for name in ("mask", "heatmap")
    )
    assert mask is not None
    assert heat is not None
    assert (mask.shape, heat.shape) == ((256, 256), (256, 256, 3))
    assert set(np.unique(mask)) <= {0, 127, 255}


def test_a_contour_is_counted_by_the_class_at_its_centroid() -> None:
    classes = np.zeros((256, 256), np.uint8)
    cv2.circle(classes, (60, 60), 8, 1, cv2.FILLED)
    cv2.circle(classes, (180, 90), 8, 2, cv2.FILLED)
    found = {nucleus["class"]: (round(nucleus["x"]), round(nucleus["y"])) for nucleus in count(classes)}
    assert found == {"immunonegative": (60, 60), "immunopositive": (180, 90)}


def test_the_archive_holds_what_the_handler_needs(tmp_path: Path) -> None:
    archive = build_naive_archive(VERSION, tmp_path, workers=1)
    with zipfile.ZipFile(archive) as packed:
        names = set(packed.namelist())
        config = packed.read("model-config.yaml").decode()
    assert {"naive_entry.py", SPEC, WEIGHTS} <= names
    assert "batchSize: 1\n" in config
    assert "minWorkers: 1" in config
