"""A version that cannot score: the default takes what nobody named, a wish waits, nothing fails."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db
from gateway.models import Analysis, AuditEvent, CanaryWithdrawal
from tests.gateway.routes import ROUTES, comparisons, listed, operator, percent, set_routes
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png
from tests.gateway.test_scoring import change, queue, row, score
from tests.gateway.versioned import DIED, FULL, MISSING, REFUSED, Answer, Versions, scored, serving, stage_of

CANARY = {"canary": percent("1.0", 100)}


def sent(stage: Stage, image: bytes, **form: str) -> dict[str, Any]:
    """Send an image, wait for it, and return its record."""
    answer = stage.alice.upload([("a.png", image)], None, wait="20", **form)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = body(answer)["items"][0]["analysis"]
    return record


@pytest.mark.parametrize(
    "failing", [MISSING, FULL, DIED, REFUSED], ids=["missing", "full", "died", "refused"]
)
def test_where_a_canary_cannot_the_default_scores_at_once(
    tmp_path: Path, migrated: Path, field: bytes, failing: Answer
) -> None:
    with serving(v1_1=scored(), v1_0=failing) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage, **CANARY)
        record = sent(stage, field)
        model = record["model"]
        assert (model["version"], model["chosen_by"], model["instead_of"]) == ("1.1", "fallback", "1.0")
        assert record["index_percent"] == 25.0
        assert versions.asked == {"1.0": 1, "1.1": 1}
        assert row(stage, record["id"]).attempts == 0


@pytest.mark.parametrize(
    ("failing", "blamed"), [(MISSING, False), (FULL, False), (DIED, True), (REFUSED, True)]
)
def test_a_canary_is_blamed_for_what_only_it_fails_on(
    tmp_path: Path, migrated: Path, field: bytes, failing: Answer, blamed: bool
) -> None:
    with serving(v1_1=scored(), v1_0=failing) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage, **CANARY)
        sent(stage, field)
        assert [each.failed for each in comparisons(stage)] == [True] * blamed
        versions.answers["1.1"] = failing
        queue(stage, field)
        assert len(comparisons(stage)) == blamed


def test_an_image_that_every_version_refuses_is_its_own_problem(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with serving(v1_1=REFUSED, v1_0=REFUSED) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage, **CANARY)
        answer = stage.alice.upload([("a.png", field)], wait="20")
        assert (answer.status_code, body(answer)["type"]) == (422, "/problems/odd")
        assert comparisons(stage) == []


@pytest.mark.parametrize("failing", [MISSING, FULL])
def test_a_wish_waits_for_its_version(tmp_path: Path, migrated: Path, field: bytes, failing: Answer) -> None:
    """TorchServe was restarted and that version is not back yet."""
    with serving(v1_1=scored(), v1_0=failing) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage)
        asked = stage.alice.upload([("a.png", field)], wait="0", model_version="1.0")
        analysis_id = body(asked)["items"][0]["analysis"]["id"]
        for _ in range(3):
            score(stage, analysis_id)
            assert (row(stage, analysis_id).status, row(stage, analysis_id).attempts) == ("queued", 0)
        versions.answers["1.0"] = scored()
        score(stage, analysis_id)
        found = row(stage, analysis_id)
        assert (found.status, found.model_version, found.instead_of) == ("succeeded", "1.0", None)


def test_the_default_waits_too(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with serving(v1_1=MISSING) as versions, stage_of(versions, tmp_path, migrated) as stage:
        (analysis_id,) = queue(stage, field)
        score(stage, analysis_id)
        assert (row(stage, analysis_id).status, row(stage, analysis_id).attempts) == ("queued", 0)
        versions.answers["1.1"] = scored()
        score(stage, analysis_id)
        assert row(stage, analysis_id).status == "succeeded"


def test_what_waits_for_an_unregistered_version_goes_to_the_default(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with serving(v1_1=scored()) as versions, stage_of(versions, tmp_path, migrated) as stage:
        set_routes(stage)
        asked = stage.alice.upload([("a.png", field)], wait="0", model_version="1.0")
        analysis_id = body(asked)["items"][0]["analysis"]["id"]
        set_routes(stage, known=("1.1",))
        score(stage, analysis_id)
        record = body(stage.alice.get(f"{ANALYSES}/{analysis_id}"))
        assert record["status"] == "succeeded"
        assert record["model"]["version"] == "1.1"
        assert record["model"]["instead_of"] == "1.0"
        assert versions.asked == {"1.1": 1}


def test_after_a_rollback_what_waits_keeps_its_version_while_that_can_score(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with serving(v1_1=scored(), v1_0=scored()) as versions, stage_of(versions, tmp_path, migrated) as stage:
        kept, moved = queue(stage, field, 2)
        set_routes(stage, default="1.0")
        score(stage, kept)
        versions.answers["1.1"] = DIED
        score(stage, moved)
        assert (row(stage, kept).model_version, row(stage, kept).chosen_by) == ("1.1", "default")
        assert (row(stage, moved).model_version, row(stage, moved).instead_of) == ("1.0", "1.1")


def failing_canary(stage: Stage, versions: Versions, count: int) -> None:
    set_routes(stage, **CANARY)
    images = [(f"{seed}.png", phantom_png(seed, 32, 32)) for seed in range(count)]
    answer = stage.alice.upload(images, wait="30")
    assert {item["status"] for item in body(answer)["items"]} == {"succeeded"}
    stage.services.comparisons.finish()


def test_a_canary_that_fails_too_often_is_taken_out_and_says_why(
    tmp_path: Path, migrated: Path, capsys: pytest.CaptureFixture[str], database: Any
) -> None:
    with (
        serving(v1_1=scored(), v1_0=DIED) as versions,
        stage_of(versions, tmp_path, migrated, canary_window=10, **database()) as stage,
    ):
        set_routes(stage, **CANARY)
        waiting = queue(stage, phantom_png(99, 32, 32))[0]
        failing_canary(stage, versions, 6)
        document = body(operator(stage).get(ROUTES))
        assert document["canary"] is None
        assert (document["withdrawn"]["version"], document["withdrawn"]["reason"]) == ("1.0", "errors")
        assert "images failed" in document["withdrawn"]["detail"]
        text = stage.app.test_client().get("/metrics").text
        assert 'ki67_canary_withdrawn_total{reason="errors",version="1.0"} 1.0' in text
        assert 'gateway_fallbacks_total{reason="failed",version="1.0"}' in text
        assert capsys.readouterr().out.count("canary_withdrawn") == 1
        asked = versions.asked["1.0"]
        score(stage, waiting)
        assert versions.asked["1.0"] == asked
        assert (row(stage, waiting).model_version, row(stage, waiting).instead_of) == ("1.1", "1.0")
        assert listed(stage.alice)["1.0"]["withdrawn"]
        with stage.app.app_context():
            assert len(db.session.scalars(select(CanaryWithdrawal)).all()) == 1
            noted = select(AuditEvent.actor_kind).where(AuditEvent.action == "models.canary_withdrawn")
            assert db.session.scalars(noted).all() == ["service"]


def test_a_withdrawn_version_may_be_tried_again(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with (
        serving(v1_1=scored(), v1_0=DIED) as versions,
        stage_of(versions, tmp_path, migrated, canary_window=10) as stage,
    ):
        failing_canary(stage, versions, 6)
        versions.answers["1.0"] = scored()
        assert set_routes(stage, **CANARY)["withdrawn"] is None
        assert sent(stage, field)["model"]["version"] == "1.0"


def test_a_few_failures_leave_a_canary_in(tmp_path: Path, migrated: Path) -> None:
    """As when its worker was killed in the middle of a batch."""
    with serving(v1_1=scored(), v1_0=DIED) as versions, stage_of(versions, tmp_path, migrated) as stage:
        failing_canary(stage, versions, 8)
        assert body(operator(stage).get(ROUTES))["canary"] == percent("1.0", 100)
        assert listed(operator(stage))["1.0"]["disagreement"]["errors"] == 8


def test_old_records_say_nothing_of_who_chose(down: Stage, field: bytes) -> None:
    (analysis_id,) = queue(down, field)
    change(down, [analysis_id], chosen_by=None)
    model = body(down.alice.get(f"{ANALYSES}/{analysis_id}"))["model"]
    assert (model["chosen_by"], model["instead_of"]) == (None, None)
    with down.app.app_context():
        assert db.session.get_one(Analysis, analysis_id).chosen_by is None
