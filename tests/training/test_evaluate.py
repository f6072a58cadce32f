"""The evaluation command measures, draws and reports; the version that ships reaches what it promises."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from model_store import DEFAULT_VERSION
from tests.commands import application
from tests.training.evaluation.examples import write_field
from training.annotations import Annotation
from training.datasets.splits import write_splits
from training.evaluate import by_source, main, main_radius
from training.matching import Detections, match
from training.measures import Summary, summarise
from training.phantoms.files import UNSEEN_SEED, write_phantoms
from training.pictures import INVENTED, MISSED, RIGHT, hits_and_misses
from training.scorers import Scorer, in_process
from training.showcase import main as showcase

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "model_store" / "ki67" / DEFAULT_VERSION


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return in_process(SHIPPED)


def phantom_folder(folder: Path, count: int, side_px: int) -> Path:
    write_phantoms(folder, count, UNSEEN_SEED, side_px, side_px)
    return folder


def measured(scorer: Scorer, folder: Path) -> dict[str, Summary]:
    results = by_source(scorer, [folder], mpp=0.25, radius_um=6.0, pictures=None)
    return {source: summarise(fields) for source, fields in results.items()}


def test_the_command_writes_figures_and_a_picture_a_field(tmp_path: Path) -> None:
    fields = phantom_folder(tmp_path / "fields", 2, 128)
    report, pictures = tmp_path / "figures.json", tmp_path / "pictures"
    options = [str(fields), "--version", str(SHIPPED), "--json", str(report), "--pictures", str(pictures)]
    result = CliRunner().invoke(application(main), options)
    assert result.exit_code == 0, result.output
    figures = json.loads(report.read_text())["fields"]
    assert figures["fields"] == len(figures["by_field"]) == len(list(pictures.glob("*.jpg"))) == 2


def test_two_versions_are_compared_in_a_report_by_split(tmp_path: Path) -> None:
    fields = phantom_folder(tmp_path / "fields", 2, 128)
    first, second = sorted(image.stem for image in fields.glob("*.png"))
    splits = tmp_path / "splits.json"
    write_splits(splits, {"training": [first], "validation": [], "test": [second]}, seed=0)
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("spec.json", "weights.safetensors"):
        (copied / name).symlink_to(SHIPPED / name)
    options = ["--version", str(SHIPPED), "--version", str(copied), "--splits", str(splits), "--figures", "1"]
    report, figures = tmp_path / "report", tmp_path / "figures.json"
    command = [str(fields), *options, "--report", str(report), "--json", str(figures)]
    result = CliRunner().invoke(application(main), command)
    assert result.exit_code == 0, result.output
    made = json.loads((report / "report.json").read_text())
    rows = [(row["system"], row["set"], row["truth_masks"]) for row in made["table_1_pixels"]]
    assert rows == [(v, s, "exact") for v in (DEFAULT_VERSION, "copied") for s in ("training", "test")]
    assert made["about"]["radii_um"] == [3.0, 6.0, 9.0]
    assert made["table_1_pixels"][0]["accuracy"]["value"] > 0.9
    assert len(list((report / "pictures").glob("figure-3-*.jpg"))) == 2
    assert list(json.loads(figures.read_text())) == [DEFAULT_VERSION, "copied"]


def test_the_main_radius_is_six_microns_where_it_is_asked_for() -> None:
    assert main_radius([3.0, 6.0, 9.0]) == 6.0
    assert main_radius([4.0, 2.0]) == 4.0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--version", "no/such/folder"], "no/such/folder/spec.json"),
        (["--url", "http://127.0.0.1:1", "--version", "a"], "not both"),
        (["--splits", "{splits}"], "splits name none"),
    ],
)
def test_what_cannot_be_evaluated_is_a_usage_error_that_says_why(
    tmp_path: Path, options: list[str], says: str
) -> None:
    write_field(tmp_path / "fields", "a", [(5.0, 5.0, 1)])
    splits = tmp_path / "splits.json"
    write_splits(splits, {"test": ["somebody else"]}, seed=0)
    given = [option.format(splits=splits) for option in options]
    result = CliRunner().invoke(application(main), [str(tmp_path / "fields"), *given], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert says in result.output


def test_a_folder_without_annotations_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(application(main), [str(tmp_path)])
    assert result.exit_code == 2


def test_hits_misses_and_inventions_are_marked_where_they_are() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    found = Detections(np.array([[20.0, 20.0], [80.0, 20.0]]), np.array([2, 2]))
    truth = Annotation(np.array([[20.0, 20.0], [50.0, 80.0]]), np.array([2, 2]))
    picture = hits_and_misses(white, found, truth, match(found, truth, 6.0))
    for colour, (x, y) in ((RIGHT, (20, 20)), (INVENTED, (80, 20)), (MISSED, (50, 80))):
        corner = picture[y - 14 : y + 14, x - 14 : x + 14].reshape(-1, 3)
        assert (corner == colour).all(axis=1).any()
    assert cv2.absdiff(picture[:100], white).any()


def test_a_scored_field_is_drawn_with_all_its_layers(tmp_path: Path) -> None:
    target = tmp_path / "panel.png"
    options = [str(ROOT / "docs" / "images" / "phantom.png"), "--output", str(target)]
    result = CliRunner().invoke(application(showcase), options)
    assert result.exit_code == 0, result.output
    picture = cv2.imread(str(target))
    assert picture is not None
    assert picture.shape[0] > 2 * 540
    assert picture.shape[1] > 2 * 720


@pytest.mark.long
def test_unseen_phantoms_are_scored_at_least_as_the_model_card_reports(
    scorer: Scorer, tmp_path: Path
) -> None:
    summary = measured(scorer, phantom_folder(tmp_path / "phantoms", 50, 512))["phantoms"]
    assert summary.f1_immunopositive >= 0.90
    assert summary.f1_immunonegative >= 0.90
    assert summary.index_mean_absolute_error <= 2.0
