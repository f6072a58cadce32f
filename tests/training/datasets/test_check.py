"""Broken, duplicate and leaking files are found; a clean data set is called clean."""

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from tests.training.datasets import published
from tests.training.datasets.published import field
from training.datasets import read_dataset
from training.datasets.__main__ import application
from training.datasets.check import check_fields
from training.datasets.splits import SHARES, split_fields


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for slide in range(4):
        for number in range(2):
            published.write_shidc(tmp_path, f"p1_{slide:04}_{number}", field(2 * slide + number))
    return tmp_path


def kinds(folder: Path, splits: dict[str, list[str]] | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.kind, finding.fields) for finding in check_fields(read_dataset(folder), splits)]


def test_a_clean_data_set_has_no_findings(folder: Path) -> None:
    fields = read_dataset(folder)
    assert check_fields(fields, split_fields(fields)) == []


def test_a_file_that_is_no_image_and_points_outside_are_broken(folder: Path) -> None:
    (folder / "p1_0000_0.jpg").write_bytes(b"text")
    (folder / "p1_0001_0.json").write_text('[{"x": 900, "y": 3, "label_id": 1}]', "utf-8")
    (folder / "p1_0002_0.json").write_text('[{"x": 9, "y": 3, "label_id": 7}]', "utf-8")
    assert kinds(folder) == [("broken", (f"p1_000{slide}_0",)) for slide in range(3)]


def test_a_copy_is_a_duplicate_also_when_saved_again(folder: Path) -> None:
    first = cv2.imread(str(folder / "p1_0000_0.jpg"))
    assert first is not None
    (folder / "p1_0001_1.jpg").write_bytes((folder / "p1_0000_0.jpg").read_bytes())
    cv2.imwrite(str(folder / "p1_0003_1.jpg"), first, [cv2.IMWRITE_JPEG_QUALITY, 60])
    duplicates = [names for kind, names in kinds(folder) if kind == "duplicate"]
    assert ("p1_0000_0", "p1_0001_1") in duplicates
    assert ("p1_0000_0", "p1_0003_1") in duplicates
    assert len(duplicates) == 3


def test_a_slide_on_both_sides_of_a_split_leaks(folder: Path) -> None:
    splits = {"training": ["p1_0000_0", "p1_0001_0", "p1_0001_1"], "test": ["p1_0000_1"]}
    assert kinds(folder, splits) == [("leaking", ("p1_0000_0", "p1_0000_1"))]


def test_splits_keep_slides_whole_and_come_near_their_shares(tmp_path: Path) -> None:
    for slide in range(20):
        for number in range(1 + slide % 3):
            published.write_shidc(tmp_path, f"p1_{slide:04}_{number}", field(1))
    fields = read_dataset(tmp_path)
    splits = split_fields(fields, seed=5)
    assert splits == split_fields(list(reversed(fields)), seed=5) != split_fields(fields, seed=6)
    assert sorted(name for names in splits.values() for name in names) == sorted(f.name for f in fields)
    for split, names in splits.items():
        assert len(names) / len(fields) == pytest.approx(SHARES[split], abs=0.06)
    slides = [{name.rsplit("_", 1)[0] for name in names} for names in splits.values()]
    assert not (slides[0] & slides[1] or slides[1] & slides[2] or slides[0] & slides[2])


def test_the_commands_split_check_and_count(folder: Path) -> None:
    output, runner = folder / "splits.txt", CliRunner()
    split = runner.invoke(application, ["split", str(folder), "--output", str(output)])
    assert split.exit_code == 0, split.output
    assert set(json.loads(output.read_text("utf-8"))["splits"]) == set(SHARES)
    assert runner.invoke(application, ["check", str(folder), "--splits", str(output)]).exit_code == 0
    assert "8 fields of 4 groups" in runner.invoke(application, ["count", str(folder)]).output
    (folder / "p1_0000_0.jpg").write_bytes(b"text")
    checked = runner.invoke(application, ["check", str(folder)])
    assert checked.exit_code == 1
    assert "broken: p1_0000_0" in checked.output


def test_too_few_slides_to_split_is_a_usage_error(tmp_path: Path) -> None:
    published.write_shidc(tmp_path, "p1_0000_0", field(1))
    result = CliRunner().invoke(application, ["split", str(tmp_path), "--output", str(tmp_path / "s.txt")])
    assert result.exit_code == 2
