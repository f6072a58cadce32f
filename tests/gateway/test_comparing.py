"""Versions compared after the answer: what is kept, who may know, and what a canary is taken out for."""

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.database import db, now
from gateway.models import Comparison
from gateway.routing.disagreement import disagreement, forget_old_comparisons
from gateway.routing.judging import Difference
from tests.gateway.routes import ROUTES, comparisons, listed, operator, percent, set_routes
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png
from tests.gateway.test_fallbacks import sent
from tests.gateway.test_scoring import queue, wait_until
from tests.gateway.versioned import DIED, FULL, scored, serving, stage_of

SHADOW = {"shadow": percent("1.0", 100)}
CANARY = {"canary": percent("1.0", 100)}


def test_a_shadow_scores_unseen_and_leaves_only_the_difference(
    tmp_path: Path, migrated: Path, field: bytes, database: Any
) -> None:
    with (
        serving(v1_1=scored(25.0, "high"), v1_0=scored(7.125, "low")) as versions,
        stage_of(versions, tmp_path, migrated, **database()) as stage,
    ):
        set_routes(stage, **SHADOW)
        record = sent(stage, field)
        assert (record["model"]["version"], record["index_percent"]) == ("1.1", 25.0)
        (kept,) = comparisons(stage)
        assert (kept.candidate, kept.current, kept.failed) == ("1.0", "1.1", False)
        assert (kept.index_points, kept.category_changed) == (-17.875, True)
        assert "7.125" not in stage.alice.get(f"{ANALYSES}/{record['id']}").text
        assert versions.asked == {"1.1": 1, "1.0": 1}


def test_a_canarys_images_are_scored_by_the_default_too(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with (
        serving(v1_1=scored(25.0, "high"), v1_0=scored(27.5, "high")) as versions,
        stage_of(versions, tmp_path, migrated) as stage,
    ):
        set_routes(stage, **CANARY)
        assert sent(stage, field)["index_percent"] == 27.5
        (kept,) = comparisons(stage)
        assert (kept.candidate, kept.current, kept.index_points) == ("1.0", "1.1", 2.5)
        assert not kept.category_changed


def test_no_answer_waits_for_a_shadow_and_the_queue_is_bounded(tmp_path: Path, migrated: Path) -> None:
    images = [(f"{seed}.png", phantom_png(seed, 32, 32)) for seed in range(6)]
    with (
        serving(v1_1=scored(), v1_0=scored()) as versions,
        stage_of(versions, tmp_path, migrated, comparisons_limit=3) as stage,
    ):
        versions.held = frozenset({"1.0"})
        versions.gate.clear()
        set_routes(stage, **SHADOW)
        started = time.monotonic()
        answer = stage.alice.upload(images, wait="30")
        assert {item["status"] for item in body(answer)["items"]} == {"succeeded"}
        assert time.monotonic() - started < 20
        assert versions.asked["1.0"] <= 1
        versions.gate.set()
        assert len(comparisons(stage)) <= 3
        assert "gateway_not_compared_total 0.0" not in stage.app.test_client().get("/metrics").text


@pytest.mark.parametrize(("failing", "kept"), [(DIED, [True]), (FULL, [])])
def test_a_shadow_that_fails_is_counted_and_changes_nothing(
    tmp_path: Path, migrated: Path, field: bytes, failing: Any, kept: list[bool]
) -> None:
    with serving(v1_1=scored(), v1_0=failing) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage, **SHADOW)
        assert sent(stage, field)["status"] == "succeeded"
        assert [each.failed for each in comparisons(stage)] == kept
        assert body(operator(stage).get(ROUTES))["shadow"] == percent("1.0", 100)


def test_a_canary_that_disagrees_too_much_is_taken_out(tmp_path: Path, migrated: Path) -> None:
    images = [(f"{seed}.png", phantom_png(seed, 32, 32)) for seed in range(4)]
    with (
        serving(v1_1=scored(25.0, "high"), v1_0=scored(31.0, "high")) as versions,
        stage_of(versions, tmp_path, migrated, canary_compared_least=4) as stage,
    ):
        set_routes(stage, **CANARY)
        stage.alice.upload(images[:3], wait="30")
        comparisons(stage)
        assert body(operator(stage).get(ROUTES))["canary"] == percent("1.0", 100)
        stage.alice.upload(images[3:], wait="30")
        comparisons(stage)
        document = body(operator(stage).get(ROUTES))
        assert (document["canary"], document["withdrawn"]["reason"]) == (None, "disagreement")
        assert "6.0 points" in document["withdrawn"]["detail"]
        text = stage.app.test_client().get("/metrics").text
        assert 'ki67_canary_withdrawn_total{reason="disagreement",version="1.0"} 1.0' in text
        set_routes(stage, **CANARY)
        stage.alice.upload([("again.png", phantom_png(9, 32, 32))], wait="30")
        comparisons(stage)
        assert body(operator(stage).get(ROUTES))["canary"] == percent("1.0", 100)


def compared(stage: Stage, field: bytes, *points: float | None) -> str:
    """Keep made-up comparisons of one record; None is a failure."""
    (analysis_id,) = queue(stage, field)
    with stage.app.app_context():
        for each in points:
            found = None if each is None else Difference(each, category_changed=abs(each) > 5)
            db.session.add(
                Comparison(
                    analysis_id=analysis_id,
                    candidate="1.0",
                    current="1.1",
                    failed=found is None,
                    index_points=found.index_points if found else None,
                    category_changed=found.category_changed if found else None,
                )
            )
        db.session.commit()
    return analysis_id


def test_disagreement_is_told_in_sums(down: Stage, field: bytes) -> None:
    set_routes(down, **SHADOW)
    compared(down, field, 2.0, -6.0, 1.0, None)
    told = listed(operator(down))["1.0"]["disagreement"]
    assert told == {
        "compared": 3,
        "errors": 1,
        "category_changes": 1,
        "mean_points": 3.0,
        "largest_points": 6.0,
    }
    text = down.app.test_client().get("/metrics").text
    assert 'ki67_disagreement_mean_points{version="1.0"} 3.0' in text
    assert 'ki67_route_percent{route="shadow",version="1.0"} 100.0' in text


def test_sums_of_few_images_are_for_operators_alone(down: Stage, field: bytes) -> None:
    """They would tell of a single record."""
    set_routes(down, **SHADOW)
    compared(down, field, *[9.0] * 9)
    few = listed(down.ann)["1.0"]["disagreement"]
    assert (few["compared"], few["mean_points"], few["category_changes"]) == (9, None, 0)
    compared(down, field, 9.0)
    assert listed(down.ann)["1.0"]["disagreement"]["largest_points"] == 9.0


def test_a_deleted_record_takes_its_comparison_with_it(down: Stage, field: bytes) -> None:
    analysis_id = compared(down, field, 3.0)
    assert down.alice.delete(f"{ANALYSES}/{analysis_id}").status_code == 204
    assert comparisons(down) == []


def test_old_comparisons_are_forgotten(down: Stage, field: bytes) -> None:
    compared(down, field, 3.0, 4.0)
    with down.app.app_context():
        newest = db.session.scalars(db.select(Comparison.id)).first()
        long_ago = now().replace(year=2020)
        db.session.execute(update(Comparison).where(Comparison.id == newest).values(at=long_ago))
        db.session.commit()
        assert forget_old_comparisons() == 1
        assert disagreement("1.0", "1.1").compared == 1


def test_a_version_known_by_name_alone_gets_its_hash_from_its_first_answer(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with serving(v1_1=scored()) as versions, stage_of(versions, tmp_path, migrated) as stage:
        assert listed(stage.alice)["1.1"]["weights_sha256"] is None
        sent(stage, field)
        stage.services.comparisons.finish()
        wait_until(lambda: listed(stage.alice)["1.1"]["weights_sha256"] == "0" * 64, 5)
        assert listed(stage.alice)["1.1"]["engine"]["name"] == "torch"
        assert listed(stage.alice)["1.1"]["status"] == "ready"
