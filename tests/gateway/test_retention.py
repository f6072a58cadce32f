"""Retention: what is older than its organisation keeps is deleted, with its objects, and leaves a note."""

import shutil
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway import retention
from gateway.database import db, now
from gateway.models import Analysis, AuditEvent, Organisation
from gateway.retention import delete_expired
from tests.gateway.stage import ANALYSES, Person, Stage, body
from tests.gateway.test_queued import worker


def uploaded(person: Person, field: bytes) -> str:
    answer = person.upload([("patient.png", field)], wait="0")
    return str(body(answer)["items"][0]["analysis"]["id"])


def aged(stage: Stage, analysis_id: str, days: float, status: str = "cancelled") -> None:
    made = now() - timedelta(days=days)
    with stage.app.app_context():
        whose = update(Analysis).where(Analysis.id == analysis_id)
        db.session.execute(whose.values(created_at=made, status=status))
        db.session.commit()


def keep(stage: Stage, days: int | None, organisation: str = "Clinic") -> None:
    with stage.app.app_context():
        whose = update(Organisation).where(Organisation.name == organisation)
        db.session.execute(whose.values(retention_days=days))
        db.session.commit()


def left(stage: Stage) -> set[str]:
    """The analyses whose row and objects are there."""
    with stage.app.app_context():
        rows = set(db.session.scalars(select(Analysis.id)))
    folders = {path.name for path in (stage.services.settings.objects_folder / "analyses").iterdir()}
    assert rows == folders
    return rows


def round_of(stage: Stage) -> int:
    with stage.app.app_context():
        return delete_expired()


def test_what_is_too_old_goes_and_the_rest_stays(down: Stage, field: bytes) -> None:
    old, young, elsewhere = (uploaded(each, field) for each in (down.alice, down.alice, down.charlie))
    aged(down, old, 30.1)
    aged(down, young, 29.9)
    aged(down, elsewhere, 1000)
    assert round_of(down) == 0
    keep(down, 30)
    assert round_of(down) == 1
    assert left(down) == {young, elsewhere}


def test_the_worker_sees_to_it(down: Stage, field: bytes) -> None:
    old = uploaded(down.alice, field)
    aged(down, old, 40)
    keep(down, 30)
    with worker(down.services.settings):
        deadline = time.monotonic() + 60
        while down.alice.get(f"{ANALYSES}/{old}").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.2)
    assert left(down) == set()


def test_the_service_notes_it(down: Stage, field: bytes) -> None:
    old = uploaded(down.alice, field)
    aged(down, old, 40)
    keep(down, 30)
    round_of(down)
    (event,) = body(down.ann.get(f"/api/v1/audit-events?object={old}&action=analysis.deleted"))["items"]
    assert (event["actor"], event["actor_kind"]) == (None, "service")
    assert event["details"] == {"reason": "retention"}


def test_what_is_not_finished_is_kept(down: Stage, field: bytes) -> None:
    old = uploaded(down.alice, field)
    aged(down, old, 1000, "queued")
    keep(down, 30)
    assert round_of(down) == 0
    assert left(down) == {old}


def test_a_round_is_bounded(down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    oldest, *others = (uploaded(each, field) for each in (down.alice, down.alice, down.charlie))
    for days, analysis_id in ((1000, oldest), *((900, each) for each in others)):
        aged(down, analysis_id, days)
    keep(down, 30)
    keep(down, 30, "Elsewhere")
    monkeypatch.setattr(retention, "_AT_ONCE", 1)
    assert round_of(down) == 1
    assert left(down) == set(others)
    assert [round_of(down) for _ in range(3)] == [1, 1, 0]
    assert left(down) == set()


def test_what_cannot_be_deleted_now_is_deleted_later(down: Stage, field: bytes) -> None:
    old = uploaded(down.alice, field)
    aged(down, old, 40)
    keep(down, 30)
    folder = down.services.settings.objects_folder
    aside = folder.with_name("aside")
    shutil.move(folder, aside)
    folder.write_text("in the way")
    assert round_of(down) == 0
    folder.unlink()
    shutil.move(aside, folder)
    with down.app.app_context():
        assert (
            db.session.scalars(select(AuditEvent).where(AuditEvent.action == "analysis.deleted")).all() == []
        )
    assert left(down) == {old}
    assert round_of(down) == 1
    assert left(down) == set()
