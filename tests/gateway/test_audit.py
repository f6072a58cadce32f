"""The audit trail: every deed leaves a note, notes stay as they are, and none tells a result."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from gateway import audit, claims, trail
from gateway.database import db
from gateway.models import Analysis, Assignment, AuditEvent
from gateway.results import result_of
from tests.gateway.people import organisation_id, user_id
from tests.gateway.stage import ANALYSES, Person, Stage, body
from tests.gateway.test_claims import ANSWER

EVENTS = "/api/v1/audit-events"
LINES = f"{EVENTS}.jsonl"


def events(person: Person, query: str = "") -> list[dict[str, Any]]:
    answer = person.get(f"{EVENTS}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = body(answer)["items"]
    return found


def deeds(person: Person, query: str = "") -> list[tuple[str, str]]:
    return [(event["actor"]["name"], event["action"]) for event in reversed(events(person, query))]


def lines(person: Person, query: str = "") -> list[dict[str, Any]]:
    answer = person.get(f"{LINES}{query}")
    assert answer.content_type == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def record(down: Stage, field: bytes) -> str:
    """Alice's analysis."""
    answer = down.alice.upload([("Jane Doe.png", field)], wait="0")
    return str(body(answer)["items"][0]["analysis"]["id"])


def add_notes(stage: Stage, count: int, organisation: str = "Clinic") -> None:
    place = organisation_id(stage, organisation)
    with stage.app.app_context():
        for number in range(count):
            audit.note(None, "thing.done", "thing", str(number), organisation_id=place)
        db.session.commit()


def ask_blind(stage: Stage, analysis_id: str, name: str, *, blind: bool = True) -> None:
    with stage.app.app_context():
        asked = Assignment(
            analysis_id=analysis_id,
            assigner_id=user_id(stage, "alice"),
            assignee_id=user_id(stage, name),
            assignee_email=f"{name}@example.org",
            blind=blind,
        )
        db.session.add(asked)
        db.session.commit()


def test_an_event_says_who_what_when_and_from_where(down: Stage, record: str) -> None:
    (event,) = events(down.ann)
    assert event["actor"] == {
        "id": user_id(down, "alice"),
        "name": "alice",
        "email": "alice@example.org",
    }
    assert (event["action"], event["object_type"], event["object_id"]) == (
        "analysis.created",
        "analysis",
        record,
    )
    assert (event["actor_kind"], event["address"]) == ("key", "127.0.0.1")
    assert len(event["request_id"]) == 32
    assert event["at"].endswith("Z")


def test_looking_at_ones_own_record_leaves_no_note(down: Stage, record: str) -> None:
    assert down.alice.get(f"{ANALYSES}/{record}").status_code == 200
    assert down.alice.get(f"{ANALYSES}/{record}/image").status_code == 200
    assert len(events(down.ann)) == 1


def test_looking_at_somebody_elses_does(down: Stage, record: str) -> None:
    down.ann.get(f"{ANALYSES}/{record}")
    down.ann.get(f"{ANALYSES}/{record}/image")
    viewed = events(down.ann, "?action=analysis.viewed")
    assert [event["details"] for event in viewed] == [{"part": "image"}, {"part": "record"}]
    assert {event["actor"]["name"] for event in viewed} == {"ann"}


def test_what_was_not_shown_was_not_viewed(down: Stage, record: str) -> None:
    assert down.bob.get(f"{ANALYSES}/{record}").status_code == 404
    assert down.ann.get(f"{ANALYSES}/{record}/mask.png").status_code == 409
    assert events(down.ann, "?action=analysis.viewed") == []


def test_a_guests_look_is_told_where_the_record_belongs(down: Stage, record: str) -> None:
    ask_blind(down, record, "charlie", blind=False)
    assert down.charlie.get(f"{ANALYSES}/{record}").status_code == 200
    assert deeds(down.ann)[-1] == ("charlie", "analysis.viewed")
    assert events(down.charlie) == []


def test_deleting_leaves_a_note_that_outlives_the_record(down: Stage, record: str) -> None:
    assert down.ann.delete(f"{ANALYSES}/{record}").status_code == 204
    assert deeds(down.ann, f"?object={record}") == [
        ("alice", "analysis.created"),
        ("ann", "analysis.deleted"),
    ]


def test_what_fails_leaves_no_note(down: Stage, record: str) -> None:
    folder = down.services.settings.objects_folder
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("in the way")
    assert down.alice.delete(f"{ANALYSES}/{record}").status_code == 503
    folder.unlink()
    aside.rename(folder)
    assert [action for _, action in deeds(down.ann)] == ["analysis.created"]


def test_a_post_with_several_images_leaves_a_note_for_each_that_was_taken(down: Stage, field: bytes) -> None:
    answer = down.alice.upload([("a.png", field), ("broken.png", b"x"), ("b.png", field)], wait="0")
    made = {item["analysis"]["id"] for item in body(answer)["items"] if "analysis" in item}
    assert {event["object_id"] for event in events(down.ann)} == made
    assert len(made) == 2


def test_scoring_again_and_exports_leave_notes(live: Stage, scored: dict[str, Any]) -> None:
    path, identifier = scored["links"]["self"], scored["id"]
    assert live.alice.post(f"{path}/rescore", json={"probability": 0.4, "save": False}).status_code == 200
    assert live.alice.post(f"{path}/rescore", json={"probability": 0.5}).status_code == 200
    for part in ("nuclei.csv", "nuclei.geojson"):
        assert live.alice.get(f"{path}/{part}").status_code == 200
    own = [action for name, action in deeds(live.ann, f"?object={identifier}&limit=500") if name == "alice"]
    assert own.count("analysis.rescored") >= 1
    assert own[-2:] == ["analysis.exported", "analysis.exported"]


def test_settings_and_members_leave_notes_of_what_changed(down: Stage) -> None:
    path = f"/api/v1/organisations/{organisation_id(down)}"
    down.ann.patch(path, {"If-Match": "*"}, json={"retention_days": 30})
    down.ann.patch(f"/api/v1/members/{user_id(down, 'bob')}", json={"role": "student"})
    down.ann.delete(f"/api/v1/members/{user_id(down, 'bob')}")
    changed, role, removed = reversed(events(down.ann))
    assert changed["details"] == {"before": {"retention_days": None}, "after": {"retention_days": 30}}
    assert role["details"] == {"before": "analyst", "after": "student"}
    assert [each["action"] for each in (changed, role, removed)] == [
        "organisation.changed",
        "member.role_changed",
        "member.removed",
    ]


def test_the_database_refuses_to_change_or_remove_an_event(down: Stage, record: str) -> None:
    with down.app.app_context():
        for statement in ("UPDATE audit_events SET actor_id = NULL", "DELETE FROM audit_events"):
            with pytest.raises(DatabaseError):
                db.session.execute(text(statement))
            db.session.rollback()
        assert db.session.scalars(select(AuditEvent.object_id)).all() == [record]


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_there_is_no_way_to_change_it_by_the_interface(down: Stage, record: str, method: str) -> None:
    (event,) = events(down.ann)
    assert getattr(down.ann, method)(EVENTS).status_code == 405
    assert getattr(down.ann, method)(f"{EVENTS}/{event['id']}").status_code == 404


def test_only_administrators_read_it_and_only_their_own(down: Stage, record: str) -> None:
    for path in (EVENTS, LINES):
        assert down.alice.get(path).status_code == 403
        assert record not in down.charlie.get(path).text


def test_it_comes_in_pages_newest_first(down: Stage) -> None:
    add_notes(down, 7)
    seen, path = [], f"{EVENTS}?limit=3&action=thing.done"
    while path:
        answer = down.ann.get(path)
        seen += [event["object_id"] for event in body(answer)["items"]]
        path = answer.headers.get("Link", "").partition(">")[0][1:]
    assert sorted(seen) == [str(number) for number in range(7)]
    with down.app.app_context():
        newest = db.session.scalars(
            select(AuditEvent.object_id).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        )
        assert seen == newest.all()


def test_filters_choose(down: Stage, record: str) -> None:
    down.ann.get(f"{ANALYSES}/{record}")
    viewed, created = events(down.ann)
    assert events(down.ann, f"?actor={user_id(down, 'ann')}") == [viewed]
    assert events(down.ann, "?action=analysis.created") == [created]
    assert events(down.ann, "?object=nothing") == []
    with down.app.app_context():
        at = db.session.get_one(AuditEvent, viewed["id"]).at.isoformat().replace("+", "%2B")
    assert events(down.ann, f"?from={at}") == [viewed]
    assert events(down.ann, f"?to={at}") == [created]


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=2026-11-24T12:00:00", "to=0001-01-01T00:00:00%2B05:00", "cursor=x", "limit=501"],
)
def test_a_query_that_cannot_be_used_is_refused(down: Stage, query: str) -> None:
    assert down.ann.get(f"{EVENTS}?{query}").status_code == 422


def test_the_export_holds_every_event_a_line_each_oldest_first(
    down: Stage, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "_AT_ONCE", 3)
    add_notes(down, 8)
    add_notes(down, 2, "Elsewhere")
    exported = lines(down.ann)
    *before, itself = reversed(events(down.ann, "?limit=500"))
    assert exported == before
    assert len(exported) == 1 + 8
    assert itself["action"] == "audit_events.exported"
    assert [each["action"] for each in lines(down.ann, f"?object={record}")] == ["analysis.created"]


def test_the_export_reads_some_events_at_a_time(down: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "_AT_ONCE", 10)
    add_notes(down, 60)
    read: list[int] = []
    rows = trail._rows
    monkeypatch.setattr(trail, "_rows", lambda query: _counted(rows(query), read))
    answer = down.ann.get(LINES, buffered=False)
    assert json.loads(next(answer.iter_encoded()))
    assert sum(read) <= 11
    answer.close()


def _counted(found: Any, read: list[int]) -> Any:
    read.append(len(found))
    return found


@pytest.fixture
def judged(down: Stage, record: str) -> Iterator[str]:
    """Alice's record with a result that administrator Ann is to judge blind, after much was done to it."""
    with down.app.app_context():
        held = claims.claim(record, 30)
        assert held is not None
        assert claims.record_result(held, result_of(ANSWER, record, 1, "nuclei", "map"))
    ask_blind(down, record, "ann")
    yield record


TELLING = ("high", "25.0", "4.6", "69.9", "immunopositive", 'category"', "index", "Jane Doe")


def test_nobodys_trail_tells_of_a_result_or_a_file(down: Stage, judged: str) -> None:
    down.ann.get(f"{ANALYSES}/{judged}")
    assert down.ann.get(f"{ANALYSES}/{judged}/mask.png").status_code == 403
    with down.app.app_context():
        found = [json.dumps(details) for details in db.session.scalars(select(AuditEvent.details))]
        assert db.session.get_one(Analysis, judged).current_revision == 1
    assert len(found) == 2
    for each in found:
        assert not [word for word in TELLING if word in each]


@pytest.mark.parametrize("path", [f"{EVENTS}?limit=500", LINES])
def test_a_blind_judge_is_told_that_something_was_done_and_nothing_more(
    down: Stage, judged: str, path: str
) -> None:
    """Whatever a note might hold, on the record itself or on something that names it."""
    place = organisation_id(down)
    with down.app.app_context():
        for named in ({"object_id": judged}, {"object_id": "b" * 32, "analysis_id": judged}):
            audit.note(None, "analysis.tagged", "analysis", organisation_id=place, tag="surely high", **named)
        db.session.commit()
    shown = down.ann.get(path).text
    assert shown.count("analysis.tagged") == 2
    assert "surely high" not in shown
    with down.app.app_context():
        db.session.execute(text("UPDATE assignments SET status = 'done'"))
        db.session.commit()
    assert down.ann.get(path).text.count("surely high") == 2


def test_a_deed_and_its_note_are_one(down: Stage, record: str) -> None:
    """A note that cannot be written takes the deed back."""
    with down.app.app_context():
        db.session.execute(text("DROP TABLE audit_events"))
        db.session.commit()
    path = f"/api/v1/members/{user_id(down, 'bob')}"
    assert down.ann.patch(path, json={"role": "administrator"}).status_code >= 500
    assert down.alice.delete(f"{ANALYSES}/{record}").status_code >= 500
    assert down.alice.get(f"{ANALYSES}/{record}").status_code == 200
    assert {each["role"] for each in body(down.ann.get("/api/v1/members"))["items"]} == {
        "analyst",
        "administrator",
    }
