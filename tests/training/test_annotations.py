"""Points are read in SHIDC-B-Ki-67's form, and anything else is named."""

import json
from pathlib import Path

import pytest

from training.annotations import annotated_images, read_annotation


def test_points_and_index_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [{"x": 1, "y": 2, "label_id": 1}, {"x": 3, "y": 4, "label_id": 2}, {"x": 5, "y": 6, "label_id": 3}]
    path.write_text(json.dumps(rows))
    annotation = read_annotation(path)
    assert annotation.index_percent == 50.0
    assert annotation.lymphocytes().points_px.tolist() == [[5.0, 6.0]]


def test_no_point_means_no_index(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")
    assert read_annotation(path).index_percent is None


@pytest.mark.parametrize("text", ["{", '{"x": 1}', '[{"x": 1, "y": 2}]', '[{"x": 1, "y": 2, "label_id": 9}]'])
def test_anything_else_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "field.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"field\.json"):
        read_annotation(path)


def test_only_images_with_points_are_listed(tmp_path: Path) -> None:
    for name in ("a.png", "a.json", "b.jpg", "c.json"):
        (tmp_path / name).write_bytes(b"[]")
    assert [image.name for image, _ in annotated_images(tmp_path)] == ["a.png"]
