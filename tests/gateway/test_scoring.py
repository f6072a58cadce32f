"""Scoring attempts that go wrong: what is counted, what is tried alone, and when it ends."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgpack
from sqlalchemy import update

from gateway import claims
from gateway.database import db, now
from gateway.heartbeat import Heartbeat
from gateway.models import Analysis
from gateway.scoring import score_analysis
from gateway.sweeping import sweep
from tests.gateway.misbehaving import Answering, answering_server, silent_server
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


@contextmanager
def scoring(stage: Stage, analysis_ids: Sequence[str], threads: int = 8) -> Iterator[list[Future[bool]]]:
    """Score with so many threads while the block runs; nothing is in hand after it."""
    heartbeat = Heartbeat(stage.app, stage.services.settings.lease_seconds)

    def score_one(analysis_id: str) -> bool:
        with stage.app.app_context():
            return score_analysis(analysis_id, heartbeat)

    with ThreadPoolExecutor(threads) as pool:
        yield [pool.submit(score_one, each) for each in analysis_ids]


def score(stage: Stage, analysis_id: str) -> None:
    """Score once, to whatever end; raises what was not foreseen."""
    with scoring(stage, [analysis_id]) as (begun,):
        begun.result()


@contextmanager
def held_up(
    server: Answering, stage: Stage, analysis_ids: Sequence[str], threads: int = 8
) -> Iterator[list[Future[bool]]]:
    """Score while the server keeps what it is sent; it answers once the block ends, however that ends."""
    server.gate.clear()
    with scoring(stage, analysis_ids, threads) as begun:
        try:
            yield begun
        finally:
            server.gate.set()


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def change(stage: Stage, analysis_ids: Sequence[str], **values: Any) -> None:
    """Set columns of some rows, and forget whatever the worker was told."""
    with stage.app.app_context():
        db.session.execute(update(Analysis).where(Analysis.id.in_(analysis_ids)).values(**values))
        db.session.commit()
    stage.services.jobs.huey.flush()


def hinted(stage: Stage) -> list[str]:
    """Return whom the worker is told of, in order."""
    return [task.args[0] for task in stage.services.jobs.huey.pending()]


def test_a_slow_torchserve_leaves_images_queued_and_counts_nothing(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with (
        silent_server() as url,
        stage_with(url, tmp_path, migrated, torchserve_answer_seconds=0.3, attempts_limit=1) as stage,
    ):
        (analysis_id,) = queue(stage, field)
        for _ in range(3):
            score(stage, analysis_id)
            found = row(stage, analysis_id)
            assert (found.status, found.attempts) == ("queued", 0)


def test_what_failed_once_is_scored_alone(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        identifiers = queue(stage, field, 4)
        with held_up(server, stage, identifiers):
            wait_until(lambda: server.in_hand == 4)
        server.most_at_once = 0
        with held_up(server, stage, identifiers) as begun:
            wait_until(lambda: sum(each.done() for each in begun) == 3)
            wait_until(lambda: server.in_hand == 1)
        assert server.most_at_once == 1


def test_while_one_is_scored_alone_others_hold_no_thread(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        retried, (fresh,) = queue(stage, field, 4), queue(stage, field)
        change(stage, retried, attempts=1)
        with held_up(server, stage, [*retried, fresh], threads=2):
            wait_until(lambda: server.in_hand == 2)
            assert row(stage, fresh).status == "running"
            found = [row(stage, each) for each in retried]
        assert sorted(each.status for each in found) == ["queued", "queued", "queued", "running"]
        assert {each.attempts for each in found} == {1}
        assert all(each.due_at <= now() for each in found if each.status == "queued")


def test_after_one_that_was_scored_alone_comes_the_next(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        first, second, later = queue(stage, field, 3)
        change(stage, [first, second], attempts=1, due_at=now())
        change(stage, [later], attempts=1, due_at=now() + timedelta(hours=1))
        score(stage, first)
        assert hinted(stage) == [second]


def test_while_torchserve_is_down_a_lone_suspicious_image_is_not_tried_at_once(
    down: Stage, field: bytes
) -> None:
    (analysis_id,) = queue(down, field)
    change(down, [analysis_id], attempts=1, due_at=now())
    score(down, analysis_id)
    found = row(down, analysis_id)
    assert (found.status, found.attempts) == ("queued", 1)
    assert hinted(down) == []


def test_a_failed_attempt_waits_for_its_backoff(tmp_path: Path, migrated: Path, field: bytes) -> None:
    with answering_server(500) as server, stage_with(server.url, tmp_path, migrated) as stage:
        (analysis_id,) = queue(stage, field)
        change(stage, [analysis_id], attempts=1, due_at=now())
        started = now()
        score(stage, analysis_id)
        found = row(stage, analysis_id)
        assert (found.status, found.attempts) == ("queued", 2)
        assert found.due_at - started >= timedelta(seconds=2)
        assert hinted(stage) == []


def test_the_sweeper_tells_of_fresh_images_first_and_of_few_suspicious_ones(
    down: Stage, field: bytes
) -> None:
    failed, abandoned, fresh = queue(down, field, 3), queue(down, field, 3), queue(down, field, 3)
    change(down, failed, attempts=1, due_at=now() - timedelta(seconds=9))
    change(down, abandoned, abandoned=1, due_at=now() - timedelta(seconds=8))
    change(down, fresh, due_at=now() - timedelta(seconds=1))
    with down.app.app_context():
        assert sweep() == 5
    told = hinted(down)
    assert set(told[:3]) == set(fresh)
    assert set(told[3:]) < set(failed)


def abandon(stage: Stage, analysis_id: str, times: int) -> None:
    with stage.app.app_context():
        for _ in range(times):
            assert claims.claim(analysis_id, 30) is not None
            lose_lease(analysis_id)


def test_restarts_are_no_failed_attempts(down: Stage, field: bytes) -> None:
    (analysis_id,) = queue(down, field)
    abandon(down, analysis_id, down.services.settings.attempts_limit + 1)
    score(down, analysis_id)
    found = row(down, analysis_id)
    assert (found.status, found.attempts) == ("queued", 0)


def test_an_image_that_ends_its_process_each_time_comes_to_an_end(down: Stage, field: bytes) -> None:
    (analysis_id,) = queue(down, field)
    abandon(down, analysis_id, down.services.settings.abandoned_limit)
    score(down, analysis_id)
    found = row(down, analysis_id)
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["type"] == "/problems/scoring-failed"


def test_a_failure_nobody_foresaw_is_an_attempt_like_others(
    tmp_path: Path, migrated: Path, field: bytes
) -> None:
    """Counts below zero are refused by the database itself."""
    nonsense = ANSWER | {"counts": ANSWER["counts"] | {"immunopositive": -1}}
    answer = msgpack.packb({"answer": nonsense, "nuclei": b"", "map": b""})
    with (
        answering_server(200, answer, "application/x-msgpack") as server,
        stage_with(server.url, tmp_path, migrated, attempts_limit=2) as stage,
    ):
        (analysis_id,) = queue(stage, field)
        for status in ("queued", "failed"):
            score(stage, analysis_id)
            assert row(stage, analysis_id).status == status
