"""Fields are found with their source and split; those shown are spread over the index."""

from pathlib import Path

import pytest

from tests.training.evaluation.examples import write_field
from training.datasets.field import DataSetError
from training.evaluation.fields import find_fields, spread


def test_a_field_knows_its_source_and_its_split(tmp_path: Path) -> None:
    write_field(tmp_path / "left", "a", [(1, 1, 1)])
    write_field(tmp_path / "right", "b", [])
    fields = find_fields([tmp_path], {"training": ["a"], "test": ["c"]})
    assert [(field.source, field.name, field.split) for field in fields] == [
        ("left", "a", "training"),
        ("right", "b", None),
    ]


def test_no_field_or_none_of_the_splits_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no image"):
        find_fields([tmp_path])
    write_field(tmp_path, "a", [])
    with pytest.raises(DataSetError, match="splits name none"):
        find_fields([tmp_path], {"test": ["b"]})


def test_unreadable_points_and_images_are_named(tmp_path: Path) -> None:
    image = write_field(tmp_path, "a", [])
    image.write_bytes(b"no image")
    image.with_suffix(".json").write_text("{")
    (field,) = find_fields([tmp_path])
    with pytest.raises(DataSetError, match=r"a\.json"):
        _ = field.annotation
    with pytest.raises(DataSetError, match=r"a\.png"):
        field.rgb()


def test_shown_fields_run_from_the_lowest_to_the_highest_index(tmp_path: Path) -> None:
    for positives in range(5):
        points = [(float(k), 0.0, 1 if k < positives else 2) for k in range(5)]
        write_field(tmp_path, f"{positives}", points)
    fields = find_fields([tmp_path])
    assert [field.name for field in spread(fields, 3)] == ["0", "2", "4"]
    assert [field.name for field in spread(fields, 9)] == ["0", "1", "2", "3", "4"]
    assert spread(fields, 0) == []
