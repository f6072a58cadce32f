"""POST /api/v1/analyses/{id}/rescore: new thresholds, without the network."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from gateway.database import db
from gateway.heavy import LOOKING
from gateway.models import Analysis
from gateway.problems import ConflictProblem
from gateway.results import current_result, rescored_message, save_revision
from handler.spec import Thresholds
from tests.gateway.stage import Stage, body


@pytest.fixture
def own(live: Stage, field: bytes) -> dict[str, Any]:
    """An analysis that a test may change."""
    answer = live.alice.upload([("own.png", field)], mpp="0.5", wait="240")
    analysis: dict[str, Any] = body(answer)["items"][0]["analysis"]
    return analysis


def test_new_thresholds_become_a_revision(live: Stage, own: dict[str, Any]) -> None:
    path = own["links"]["self"]
    before = live.alice.get(path)
    largest = max(nucleus["area_um2"] for nucleus in body(before)["nuclei"])
    smallest = min(largest - 1, 1000)
    rescored = body(live.alice.post(f"{path}/rescore", json={"min_area_um2": smallest}))
    assert rescored["revision"] == 2
    assert 1 <= rescored["counts"]["total"] < own["counts"]["total"]
    assert rescored["thresholds"]["min_area_um2"] == smallest
    assert rescored["thresholds"]["probability"] == own["thresholds"]["probability"]
    after = live.alice.get(path)
    assert body(after) == rescored
    assert after.headers["ETag"] != before.headers["ETag"]


def test_the_first_thresholds_give_the_first_result_again(live: Stage, own: dict[str, Any]) -> None:
    path = own["links"]["self"]
    first = body(live.alice.get(path))
    live.alice.post(f"{path}/rescore", json={"min_area_um2": 40})
    again = body(live.alice.post(f"{path}/rescore", json=first["thresholds"]))
    for name in ("counts", "nuclei", "index_percent", "category", "thresholds", "warnings", "scale", "model"):
        assert again[name] == first[name], name


def test_a_look_changes_nothing(live: Stage, scored: dict[str, Any]) -> None:
    path = scored["links"]["self"]
    before = live.alice.get(path)
    looked = body(live.alice.post(f"{path}/rescore", json={"min_area_um2": 500, "save": False}))
    assert looked["counts"]["total"] < scored["counts"]["total"]
    assert looked["thresholds"]["min_area_um2"] == 500
    assert looked["revision"] is None
    assert live.alice.get(path).headers["ETag"] == before.headers["ETag"]


def test_other_boundaries_change_the_category_alone(live: Stage, own: dict[str, Any]) -> None:
    path = f"{own['links']['self']}/rescore"
    low = body(live.alice.post(path, json={"category_boundaries_percent": [99.9, 100]}))
    assert low["category"] == "low"
    assert low["counts"] == own["counts"]


@pytest.mark.parametrize(
    ("thresholds", "named"),
    [
        ({"probability": 2}, "probability"),
        ({"category_boundaries_percent": [20, 10]}, "category_boundaries_percent"),
        ({"mpp": 0.5}, "mpp"),
    ],
)
def test_thresholds_that_cannot_be_used_are_named(
    live: Stage, scored: dict[str, Any], thresholds: dict[str, Any], named: str
) -> None:
    answer = live.alice.post(f"{scored['links']['self']}/rescore", json=thresholds)
    assert answer.status_code == 422
    assert named in answer.text


def test_no_more_are_scored_again_at_once_than_memory_allows(live: Stage, scored: dict[str, Any]) -> None:
    path = f"{scored['links']['self']}/rescore"
    with ExitStack() as slots, ThreadPoolExecutor(1) as thread:
        for _ in range(max(2, os.cpu_count() or 2)):
            slots.enter_context(live.services.heavy.slot(LOOKING))
        rescored = thread.submit(live.alice.post, path, json={"save": False})
        with pytest.raises(TimeoutError):
            rescored.result(timeout=3)
        slots.close()
        assert rescored.result(timeout=60).status_code == 200


def test_a_form_is_refused(live: Stage, scored: dict[str, Any]) -> None:
    answer = live.alice.post(f"{scored['links']['self']}/rescore", data={"probability": "0.5"})
    assert answer.status_code == 415


def test_an_analysis_without_result_cannot_be_rescored(down: Stage, field: bytes) -> None:
    analysis = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]
    assert down.alice.post(f"{analysis['links']['self']}/rescore", json={}).status_code == 409


def test_of_two_rescorings_at_once_one_is_told_of_the_other(live: Stage, own: dict[str, Any]) -> None:
    with live.app.app_context():
        analysis = db.session.get_one(Analysis, own["id"])
        result = current_result(analysis)
        db.session.expunge(result)
        message = rescored_message(result, Thresholds(min_area_um2=20.0))
        save_revision(analysis, result, message)
        with pytest.raises(ConflictProblem):
            save_revision(analysis, result, message)
    assert body(live.alice.get(own["links"]["self"]))["revision"] == 2
