"""Scoring attempts that go wrong: what is counted, what is tried alone, and when it ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgpack
from sqlalchemy import update

from gateway import claims
from gateway.database import db, now
from gateway.models import Analysis
from tests.gateway.misbehaving import answering_server, silent_server
from tests.gateway.stage import Stage, body, set_stage, stage_settings
from tests.gateway.test_claims import ANSWER, lose_lease


@contextmanager
def stage_with(url: str, folder: Path, migrated: Path, **more: Any) -> Iterator[Stage]:
    stage = set_stage(stage_settings(folder, torchserve_url=url, **more), migrated)
    yield stage
    stage.close()


def queue(stage: Stage, image: bytes, count: int = 1) -> list[str]:
    items = body(stage.alice.upload([("a.png", image)] * count, wait="0"))["items"]
    return [item["analysis"]["id"] for item in items]


def row(stage: Stage, analysis_id: str) -> Analysis:
    with stage.app.app_context():
        return db.session.get_one(Analysis, analysis_id)


def test_a_slow_torchserve_leaves_images_queued_and_counts_nothing(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with (
        silent_server() as url,
        stage_with(url, tmp_path, migrated, torchserve_answer_seconds=0.3, attempts_limit=1) as stage,
    ):
        (analysis_id,) = queue(stage, field)
        for _ in range(3):
            stage.services.pool.score([analysis_id], 1)
            found = row(stage, analysis_id)
            assert (found.status, found.attempts) == ("queued", 0)


def test_what_failed_once_is_scored_alone(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        identifiers = queue(stage, field, 4)
        stage.services.pool.score(identifiers, 2)
        assert server.most_at_once > 1
        server.most_at_once = 0
        stage.services.pool.score(identifiers, 2)
        assert server.most_at_once == 1


def test_while_one_is_scored_alone_others_hold_no_thread(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    slow = {"torchserve_answer_seconds": 3, "torchserve_connections": 2}
    with silent_server() as url, stage_with(url, tmp_path, migrated, **slow) as stage:
        retried, (fresh,) = queue(stage, field, 4), queue(stage, field)
        with stage.app.app_context():
            db.session.execute(update(Analysis).where(Analysis.id.in_(retried)).values(attempts=1))
            db.session.commit()
        stage.services.pool.score([*retried, fresh], 1.5)
        assert row(stage, fresh).status == "running"
        found = [row(stage, each) for each in retried]
        assert sorted(each.status for each in found) == ["queued", "queued", "queued", "running"]
        assert {each.attempts for each in found} == {1}
        while "running" in {row(stage, each).status for each in (*retried, fresh)}:
            time.sleep(0.1)  # the database is about to be closed


def test_after_one_that_was_scored_alone_comes_the_next(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        first, second = queue(stage, field, 2)
        with stage.app.app_context():
            db.session.execute(update(Analysis).values(attempts=1, due_at=now()))
            db.session.commit()
        stage.services.jobs.huey.flush()
        stage.services.pool.score([first], 1)
        assert [task.args for task in stage.services.jobs.huey.pending()] == [(second,)]


def abandon(stage: Stage, analysis_id: str, times: int) -> None:
    with stage.app.app_context():
        for _ in range(times):
            assert claims.claim(analysis_id, 30) is not None
            lose_lease(analysis_id)


def test_restarts_are_no_failed_attempts(down: Stage, field: bytes) -> None:
    (analysis_id,) = queue(down, field)
    abandon(down, analysis_id, down.services.settings.attempts_limit + 1)
    down.services.pool.score([analysis_id], 1)
    found = row(down, analysis_id)
    assert (found.status, found.attempts) == ("queued", 0)


def test_an_image_that_ends_its_process_each_time_comes_to_an_end(down: Stage, field: bytes) -> None:
    (analysis_id,) = queue(down, field)
    abandon(down, analysis_id, down.services.settings.abandoned_limit)
    down.services.pool.score([analysis_id], 1)
    found = row(down, analysis_id)
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["type"] == "/problems/scoring-failed"


def test_a_failure_nobody_foresaw_is_an_attempt_like_others(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    """Counts below zero are refused by the database itself."""
    nonsense = ANSWER | {"counts": ANSWER["counts"] | {"immunopositive": -1}, "nuclei": []}
    message = {"answer": nonsense, "contours": {}, "mask": {}, "decoding": {}, "probability": {}}
    answer = msgpack.packb(message)
    with (
        answering_server(200, answer, "application/x-msgpack") as server,
        stage_with(server.url, tmp_path, migrated, attempts_limit=2) as stage,
    ):
        (analysis_id,) = queue(stage, field)
        for status in ("queued", "failed"):
            stage.services.pool.score([analysis_id], 1)
            assert row(stage, analysis_id).status == status
