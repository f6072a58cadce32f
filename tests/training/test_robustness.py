"""The robustness command: movements of the index by hand, and an exit status that means something."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.commands import application
from tests.training.evaluation.examples import answer, write_field
from training.evaluation.fields import find_fields
from training.evaluation.perturbations import PERTURBATIONS
from training.robustness import Change, changes, main, movements
from training.scorers import Scored

# Changes of 1, 3 and 8 points, and a field that loses all its nuclei: 4. Median 3.5, worst 8.
CHANGES = [
    Change("dark", "one", "a", 20.0, 21.0),
    Change("dark", "one", "b", 20.0, 17.0),
    Change("dark", "two", "c", 50.0, 42.0),
    Change("dark", "two", "d", 4.0, None),
    Change("turned", "one", "a", 20.0, 20.0),
]


def test_median_and_worst_of_each_perturbation_by_hand() -> None:
    dark, turned = movements(CHANGES)
    assert (dark.perturbation, dark.fields, dark.median_points, dark.worst_points) == ("dark", 4, 3.5, 8.0)
    assert dark.worst_field == "two c"
    assert (turned.median_points, turned.worst_points) == (0.0, 0.0)


@pytest.mark.parametrize(("median", "worst", "exceeds"), [(3.5, 8, False), (3.4, 8, True), (3.5, 7.9, True)])
def test_either_limit_can_be_exceeded(median: float, worst: float, exceeds: bool) -> None:
    assert movements(CHANGES)[0].exceeds(median, worst) is exceeds


def test_every_field_is_scored_unchanged_and_under_each_perturbation(tmp_path: Path) -> None:
    write_field(tmp_path / "source", "a", [(5.0, 5.0, 1)])
    scales: list[float] = []

    def system(_image: Path, mpp: float) -> Scored:
        scales.append(mpp)
        return Scored(answer([(5.0, 5.0, "immunopositive", 0.9)] if len(scales) == 1 else []))

    found = changes(system, find_fields([tmp_path]), 0.25)
    assert scales == [0.25] * (1 + len(PERTURBATIONS))
    assert [change.perturbation for change in found] == [p.name for p in PERTURBATIONS]
    assert {change.points for change in found} == {100.0}


def test_the_exit_status_is_1_where_the_index_moves_too_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_field(tmp_path / "source", "a", [(5.0, 5.0, 1)])

    def forgets_positives_in_jpeg(image: Path, _mpp: float) -> Scored:
        kind = "immunonegative" if image.suffix == ".jpg" else "immunopositive"
        nuclei = [(5.0, 5.0, kind, 0.9)] + 9 * [(9.0, 9.0, "immunonegative", 0.9)]
        return Scored(answer(nuclei))

    systems = {"made up": forgets_positives_in_jpeg}
    monkeypatch.setattr("training.robustness.open_systems", lambda *_: systems)
    figures = tmp_path / "new" / "figures.json"
    runner, command = CliRunner(), [str(tmp_path), "--json", str(figures)]
    assert runner.invoke(application(main), command).exit_code == 1
    moved = {row["perturbation"]: row["worst_points"] for row in json.loads(figures.read_text())["movements"]}
    assert moved == {p.name: 10.0 if p.suffix == ".jpg" else 0.0 for p in PERTURBATIONS}
    limits = ["--median-limit", "10", "--worst-limit", "10"]
    assert runner.invoke(application(main), [*command, *limits]).exit_code == 0


def test_no_field_and_no_version_are_usage_errors(tmp_path: Path) -> None:
    runner = CliRunner(env={"COLUMNS": "200"})
    assert runner.invoke(application(main), [str(tmp_path)]).exit_code == 2
    write_field(tmp_path / "source", "a", [])
    result = runner.invoke(application(main), [str(tmp_path), "--version", "no/such/folder"])
    assert result.exit_code == 2
    assert "no/such/folder/spec.json" in result.output
