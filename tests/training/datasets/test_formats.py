"""Each published form gives the same points back that were written in it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.training.datasets import published
from tests.training.datasets.published import field
from training.datasets import DataSetError, read_dataset
from training.phantoms import Phantom


def points_of(phantom: Phantom, *labels: int) -> list[tuple[int, int, int]]:
    return sorted((p.x, p.y, p.label_id) for p in phantom.points if p.label_id in labels)


def read_points(folder: Path, form: str | None = None) -> list[tuple[int, int, int]]:
    (only,) = read_dataset(folder, form)
    annotation = only.annotation()
    rows = zip(annotation.points_px.tolist(), annotation.labels.tolist(), strict=True)
    return sorted((round(x), round(y), label) for (x, y), label in rows)


@pytest.mark.parametrize(
    ("write", "labels"),
    [
        (lambda folder, phantom: published.write_shidc(folder, "p1_0299_1", phantom), (1, 2, 3)),
        (lambda folder, phantom: published.write_bcdata(folder, "test", "0", phantom), (1, 2)),
        (lambda folder, phantom: published.write_qupath(folder, "a", phantom), (1, 2, 3)),
    ],
    ids=["shidc", "bcdata", "qupath"],
)
def test_a_folder_is_recognised_and_its_points_are_those_written(
    tmp_path: Path, write: Callable[[Path, Phantom], None], labels: tuple[int, ...]
) -> None:
    phantom = field(3)
    write(tmp_path, phantom)
    assert read_points(tmp_path) == points_of(phantom, *labels)
    assert len(points_of(phantom, 1, 2)) > 3


def test_deepliifs_nuclei_are_the_filled_ones_and_its_photograph_the_first_panel(tmp_path: Path) -> None:
    phantom = field(3, 96)
    published.write_deepliif(tmp_path, "slide7_0_0", phantom)
    (only,) = read_dataset(tmp_path)
    assert only.group == "slide7"
    assert np.array_equal(only.rgb(), phantom.rgb)
    annotation = only.annotation()
    assert abs(len(annotation.labels) - len(points_of(phantom, 1, 2))) <= 3
    for (x, y), label in zip(np.rint(annotation.points_px).astype(int), annotation.labels, strict=True):
        assert phantom.class_map[y, x] in (0, {1: 2, 2: 1}[int(label)])


def test_fields_of_one_slide_are_a_group(tmp_path: Path) -> None:
    for name in ("p1_0299_1", "p1_0299_10", "p1_0301_1", "p2_0299_1"):
        published.write_shidc(tmp_path, name, field(1))
    assert [f.group for f in read_dataset(tmp_path)] == ["p1_0299", "p1_0299", "p1_0301", "p2_0299"]


def test_an_outline_counts_at_the_centroid_of_its_area(tmp_path: Path) -> None:
    published.write_qupath(tmp_path, "patient__field", field(1))
    square = {
        "type": "Polygon",
        "coordinates": [[[10, 10], [20, 10], [20, 20], [15, 20], [10, 20], [10, 10]]],
    }
    feature = {"geometry": square, "properties": {"classification": {"name": "Immunopositive"}}}
    (tmp_path / "patient__field.geojson").write_text(json.dumps({"features": [feature]}), "utf-8")
    (only,) = read_dataset(tmp_path)
    assert np.allclose(only.annotation().points_px, [[14.5, 14.5]])
    assert only.group == "patient"


def test_a_class_nobody_knows_is_named(tmp_path: Path) -> None:
    published.write_qupath(tmp_path, "a", field(1))
    text = (tmp_path / "a.geojson").read_text("utf-8")
    (tmp_path / "a.geojson").write_text(text.replace("Tumor: Negative", "Stroma"), "utf-8")
    (only,) = read_dataset(tmp_path)
    with pytest.raises(DataSetError, match="Stroma"):
        only.annotation()


def test_a_missing_or_damaged_file_of_points_is_named(tmp_path: Path) -> None:
    published.write_bcdata(tmp_path, "test", "0", field(1))
    damaged = tmp_path / "annotations" / "test" / "negative" / "0.h5"
    damaged.write_bytes(b"no HDF5")
    (only,) = read_dataset(tmp_path)
    with pytest.raises(DataSetError, match=r"negative/0\.h5"):
        only.annotation()


def test_an_empty_folder_and_an_unknown_form_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no field"):
        read_dataset(tmp_path)
    with pytest.raises(DataSetError, match="bcdata, deepliif, qupath, shidc"):
        read_dataset(tmp_path, "dicom")
