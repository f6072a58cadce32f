"""What must hold is read from one file, whose mistakes are named."""

from pathlib import Path

import pytest
import yaml

from loadtest.objectives import OBJECTIVES, ObjectivesError, read_objectives

PROFILES = list(yaml.safe_load(OBJECTIVES.read_text(encoding="utf-8")))


def written(folder: Path, text: str) -> Path:
    path = folder / "objectives.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_that_ships_allows_no_wrong_answer_and_loses_nothing(profile: str) -> None:
    asked = read_objectives(profile)
    assert (asked.wrong_answers, asked.lost_uploads, asked.double_records) == (0, 0, 0)


def test_what_the_service_promises_is_asked_for() -> None:
    assert read_objectives("step").goodput_at_twice_the_knee == 0.9
    recovery = read_objectives("spike").recovery
    assert recovery is not None
    assert (recovery.seconds, recovery.within_ratio) == (30, 1.2)
    grown = read_objectives("soak").memory_growth_percent
    assert {"gateway", "worker", "torchserve"} <= set(grown)
    assert set(grown.values()) == {2}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("smoke: {wrong_answers: 0, error_ratio: 0, wait: 3}", "smoke.wait"),
        ("smoke: {wrong_answers: 0, error_ratio: 1.5}", "smoke.error_ratio"),
        ("smoke: {error_ratio: 0}", "smoke.wrong_answers"),
        (
            "smoke: {wrong_answers: 0, error_ratio: 0, latency_s: {result: {p90: 1}}}",
            "smoke.latency_s.result.p90",
        ),
        ("smoke: {wrong_answers: 0, error_ratio: 0, latency_s: {result: {}}}", "smoke.latency_s.result"),
        (
            "smoke: {wrong_answers: 0, error_ratio: 0, recovery: {seconds: 0, within_ratio: 1.2}}",
            "recovery.seconds",
        ),
        ("smoke: {wrong_answers: 0, error_ratio: 0, goodput_at_twice_the_knee: 0.9}", "needs knee"),
        ("smoke", "dict"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ObjectivesError) as error:
        read_objectives("smoke", written(tmp_path, text))
    assert named in str(error.value)
    assert "objectives.yaml" in str(error.value)


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    with pytest.raises(ObjectivesError, match="no profile sprint; there are smoke, steady"):
        read_objectives("sprint")


def test_no_file_and_no_yaml_are_told(tmp_path: Path) -> None:
    with pytest.raises(ObjectivesError, match="cannot be read"):
        read_objectives("smoke", tmp_path / "nowhere.yaml")
    with pytest.raises(ObjectivesError, match="cannot be read"):
        read_objectives("smoke", written(tmp_path, "smoke: ["))
