"""Claims: one process at a time works on an analysis, and at most one result is recorded."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from gateway import claims, jobs
from gateway.database import db, now
from gateway.models import Analysis, Result
from gateway.results import result_of
from gateway.sweeping import sweep
from tests.gateway.stage import Stage, body

ANSWER: dict[str, Any] = {
    "scale": {"mpp": 0.5, "source": "request"},
    "model": {"name": "ki67", "version": "1.0", "weights_sha256": "0" * 64},
    "engine": {"name": "torch", "precision": "float32", "device": "cpu"},
    "thresholds": {"probability": 0.5, "min_area_um2": 8.0, "category_boundaries_percent": [10, 20]},
    "counts": {"immunopositive": 1, "immunonegative": 3, "total": 4},
    "index_percent": 25.0,
    "index_interval_percent": [4.6, 69.9],
    "category": "high",
    "category_certain": False,
    "warnings": [],
}


@pytest.fixture
def queued(down: Stage, field: bytes) -> Iterator[str]:
    """The id of a queued analysis, within an application context."""
    analysis_id = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    with down.app.app_context():
        yield analysis_id


def a_result(analysis_id: str) -> dict[str, Any]:
    return result_of(ANSWER, analysis_id, 1, "nuclei", "map")


def status_of(analysis_id: str) -> str:
    db.session.expire_all()
    return db.session.get_one(Analysis, analysis_id).status


def lose_lease(analysis_id: str) -> None:
    """What a killed process leaves."""
    past = now() - timedelta(seconds=1)
    db.session.execute(update(Analysis).where(Analysis.id == analysis_id).values(lease_expires_at=past))
    db.session.commit()


def test_of_many_only_one_gets_the_claim(down: Stage, queued: str) -> None:
    def attempt(_number: int) -> bool:
        with down.app.app_context():
            return claims.claim(queued, 30) is not None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(16))) == 1


def test_a_result_is_recorded_once(queued: str) -> None:
    held = claims.claim(queued, 30)
    assert held is not None
    assert claims.record_result(held, a_result(queued))
    assert not claims.record_result(held, a_result(queued))
    assert status_of(queued) == "succeeded"
    assert db.session.scalar(select(func.count()).select_from(Result)) == 1


def test_who_lost_the_claim_records_nothing(queued: str) -> None:
    slow = claims.claim(queued, 30)
    lose_lease(queued)
    second = claims.claim(queued, 30)
    assert slow is not None
    assert second is not None
    assert not claims.record_result(slow, a_result(queued))
    assert not claims.record_problem(slow, {"title": "late"})
    assert claims.record_result(second, a_result(queued))


def test_a_living_claim_is_not_taken(queued: str) -> None:
    assert claims.claim(queued, 30) is not None
    assert claims.claim(queued, 30) is None


def test_an_extended_lease_lives_on(queued: str) -> None:
    held = claims.claim(queued, 30)
    assert held is not None
    lose_lease(queued)
    claims.extend([held.token], 30)
    assert claims.claim(queued, 30) is None


def test_the_sweeper_queues_what_a_killed_process_left(down: Stage, queued: str) -> None:
    claims.claim(queued, 30)
    assert sweep() == 0
    assert status_of(queued) == "running"
    lose_lease(queued)
    before = down.services.jobs.waiting()
    assert sweep() == 1
    assert status_of(queued) == "queued"
    assert down.services.jobs.waiting() == before + 1


def test_a_lease_that_ran_out_is_no_attempt_but_is_counted(queued: str) -> None:
    claims.claim(queued, 30)
    lose_lease(queued)
    claims.claim(queued, 30)
    lose_lease(queued)
    sweep()
    held = claims.claim(queued, 30)
    assert held is not None
    assert (held.attempts, held.abandoned) == (1, 2)


def test_the_sweeper_does_not_repeat_itself_at_once(queued: str) -> None:
    held = claims.claim(queued, 30)
    assert held is not None
    claims.release(held, -1, counted=False)
    assert [sweep(), sweep()] == [1, 0]


def test_attempts_that_prove_nothing_are_not_counted(queued: str) -> None:
    for counted, attempts in ((False, 1), (True, 1), (True, 2)):
        held = claims.claim(queued, 30)
        assert held is not None
        assert held.attempts == attempts
        claims.release(held, 0, counted=counted)


def test_the_database_itself_refuses_a_second_first_result(queued: str) -> None:
    held = claims.claim(queued, 30)
    assert held is not None
    claims.record_result(held, a_result(queued))
    db.session.expunge_all()
    db.session.add(Result(**a_result(queued)))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_the_database_itself_refuses_a_state_that_cannot_be(queued: str) -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(update(Analysis).where(Analysis.id == queued).values(status="succeeded"))
    db.session.rollback()


def test_however_often_the_sweeper_looks_the_queue_stays_short(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ROOM", 3)
    down.alice.upload([("a.png", field)] * 5, wait="0")
    assert down.services.jobs.waiting() == 3
    with down.app.app_context():
        for _ in range(2):
            db.session.execute(update(Analysis).values(due_at=now() - timedelta(seconds=1)))
            db.session.commit()
            assert sweep() == 0
        down.services.jobs.huey.flush()
        assert sweep() == 3
        assert sweep() == 0
        down.services.jobs.huey.flush()
        assert sweep() == 2
