"""The evaluation command measures, draws and reports; the version that ships reaches what it promises."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from model_store import DEFAULT_VERSION
from tests.commands import application
from training.annotations import Annotation
from training.evaluate import by_source, main
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


def test_unseen_phantoms_are_scored_at_least_as_the_model_card_reports(
    scorer: Scorer, tmp_path: Path
) -> None:
    summary = measured(scorer, phantom_folder(tmp_path / "phantoms", 50, 512))["phantoms"]
    assert summary.f1_immunopositive >= 0.90
    assert summary.f1_immunonegative >= 0.90
    assert summary.index_mean_absolute_error <= 2.0
