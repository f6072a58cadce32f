"""The command writes masks and counts, and tells what is wrong with a folder."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.training.datasets.published import field, write_shidc
from training.masks.__main__ import application


@pytest.mark.parametrize(("method", "side_px"), [("mcconnell2021", 256), ("watershed", 64)])
def test_masks_and_counts_are_written(tmp_path: Path, method: str, side_px: int) -> None:
    phantom, output = field(3), tmp_path / "masks"
    write_shidc(tmp_path / "fields", "p1_0001_1", phantom)
    options = ["write", str(tmp_path / "fields"), "--output", str(output), "--method", method, "--mpp", "0.5"]
    result = CliRunner().invoke(application, options)
    assert result.exit_code == 0, result.output
    mask = cv2.imread(str(output / "p1_0001_1.png"), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    assert mask.shape == (side_px, side_px)
    assert set(np.unique(mask)) <= {0, 1, 2, 255}
    (row,) = csv.DictReader((output / "counts.csv").read_text("utf-8").splitlines())
    assert row["field"] == "p1_0001_1"
    if method == "watershed":
        assert int(row["immunopositive"]) == sum(p.label_id == 1 for p in phantom.points)


def test_both_ways_are_compared_in_a_table() -> None:
    result = CliRunner().invoke(application, ["compare", "--count", "1", "--side-px", "128"])
    assert result.exit_code == 0, result.output
    assert "mcconnell2021" in result.output
    assert "watershed" in result.output


def test_a_folder_without_fields_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(application, ["write", str(tmp_path), "--output", str(tmp_path / "out")])
    assert result.exit_code == 2
