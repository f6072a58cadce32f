"""Idempotency-Key: a repeated POST makes no second record."""

from datetime import timedelta

from sqlalchemy import update

from gateway.database import db, now
from gateway.models import IdempotencyKey
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png

KEY = {"Idempotency-Key": "a-key-of-the-client"}


def count(stage: Stage) -> int:
    return len(body(stage.alice.get(ANALYSES))["items"])


def test_the_same_request_gets_the_same_records(down: Stage, field: bytes) -> None:
    images = [("a.png", field), ("broken.png", b"x")]
    answers = [body(down.alice.upload(images, KEY, wait="0"))["items"] for _ in range(2)]
    assert answers[0][0]["analysis"]["id"] == answers[1][0]["analysis"]["id"]
    assert answers[1][1]["problem"]["type"] == "/problems/unsupported-image"
    assert count(down) == 1


def test_another_request_under_the_key_is_refused(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], KEY, wait="0")
    for images, form in (([("a.png", phantom_png(2))], {}), ([("a.png", field)], {"mpp": "0.5"})):
        answer = down.alice.upload(images, KEY, wait="0", **form)
        assert answer.status_code == 422
        assert body(answer)["type"] == "/problems/idempotency-key-reused"
    assert count(down) == 1


def unanswer(stage: Stage, seconds_ago: float) -> None:
    """Set the scene of a first request that is still at work, or whose process was killed."""
    lease = now() - timedelta(seconds=seconds_ago)
    with stage.app.app_context():
        db.session.execute(update(IdempotencyKey).values(answered=False, lease_expires_at=lease))
        db.session.commit()


def test_a_repetition_meanwhile_is_told_to_wait(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], KEY, wait="0")
    unanswer(down, seconds_ago=-60)
    answer = down.alice.upload([("a.png", field)], KEY, wait="0")
    assert answer.status_code == 409
    assert int(answer.headers["Retry-After"]) > 0
    assert count(down) == 1


def test_after_a_killed_process_its_records_are_found(down: Stage, field: bytes) -> None:
    first = body(down.alice.upload([("a.png", field)], KEY, wait="0"))["items"][0]["analysis"]["id"]
    unanswer(down, seconds_ago=1)
    again = body(down.alice.upload([("a.png", field)], KEY, wait="0"))["items"][0]["analysis"]["id"]
    assert again == first
    assert count(down) == 1


def test_a_refused_request_gives_its_key_back(down: Stage, field: bytes) -> None:
    assert down.alice.upload([("a.png", b"x")], KEY).status_code == 415
    assert down.alice.upload([("a.png", field)], KEY, wait="0").status_code == 202
