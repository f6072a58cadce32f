"""Assignments: who may ask whom, what the person asked sees, and the steps to an answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.database import db, now
from gateway.models import Assignment, AuditEvent, User
from tests.gateway.opinions_stage import (
    ASSIGNMENTS,
    CONTACTS,
    Finding,
    assign,
    assigned,
    join,
    record,
    review,
    step,
    upload,
    user_id,
)
from tests.gateway.stage import ANALYSES, Person, Stage, body

OUTSIDER = "charlie@example.org"


@pytest.fixture
def charlie(down: Stage) -> Person:
    """An outsider whose address is proved."""
    return join(down, "charlie", "Elsewhere", "administrator")


@pytest.fixture
def own(down: Stage, field: bytes) -> str:
    """Alice's record."""
    return upload(down.alice, field)


def inbox(person: Person, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = body(person.get(f"{ASSIGNMENTS}{query}"))["items"]
    return items


def test_an_outsider_sees_the_one_record_assigned_and_nothing_beside_it(
    down: Stage, field: bytes, charlie: Person, own: str
) -> None:
    neighbour = upload(down.alice, field)
    assigned(down.alice, own, OUTSIDER, blind=False)
    assert charlie.get(f"{ANALYSES}/{own}").status_code == 200
    assert charlie.get(f"{ANALYSES}/{own}/image").status_code == 200
    assert [item["id"] for item in body(charlie.get(ANALYSES))["items"]] == [own]
    for part in ("", "/image", "/reviews", "/assignments", "/agreement", "/mask.png"):
        assert charlie.get(f"{ANALYSES}/{neighbour}{part}").status_code == 404


def test_who_was_only_asked_can_change_nothing(down: Stage, charlie: Person, own: str) -> None:
    assignment = assigned(down.alice, own, OUTSIDER, blind=False)
    refused = [
        charlie.delete(f"{ANALYSES}/{own}"),
        charlie.post(f"{ANALYSES}/{own}/rescore", json={"probability": 0.6}),
        assign(charlie, own, "bob@example.org"),
        charlie.delete(f"{ASSIGNMENTS}/{assignment}"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert {body(answer)["type"] for answer in refused} == {"/problems/not-yours-to-change"}
    assert down.alice.get(f"{ANALYSES}/{own}").status_code == 200


def test_only_who_may_change_a_record_assigns_it(down: Stage, own: str) -> None:
    assert assign(down.bob, own, OUTSIDER).status_code == 404
    assert assign(down.charlie, own, "dora@example.org").status_code == 404
    assert assign(down.ann, own, "bob@example.org").status_code == 201
    assert down.bob.get(f"{ANALYSES}/{own}").status_code == 200


def test_a_person_is_named_by_contact_member_or_address(down: Stage, field: bytes) -> None:
    contact = body(
        down.alice.client.put(
            CONTACTS, headers=down.alice.headers, json={"email": "bob@example.org", "name": "Bob"}
        )
    )["id"]
    for named in ({"contact_id": contact}, {"user_id": user_id(down, "bob")}, {"email": "BOB@example.org"}):
        answer = down.alice.post(f"{ANALYSES}/{upload(down.alice, field)}/assignments", json=named)
        assert answer.status_code == 201, answer.text
        assert body(answer)["assignee_email"] == "bob@example.org"
        assert down.bob.get(answer.headers["Location"]).status_code == 200
    assert len(inbox(down.bob)) == 3


def wrong_people(stage: Stage) -> dict[str, dict[str, Any]]:
    return {
        "nobody": {},
        "two": {"email": "bob@example.org", "user_id": user_id(stage, "bob")},
        "the owner": {"email": "alice@example.org"},
        "the owner as a member": {"user_id": user_id(stage, "alice")},
        "somebody's contact": {"contact_id": "0" * 32},
        "a member of another organisation": {"user_id": user_id(stage, "charlie")},
        "no address": {"email": "nonsense"},
    }


def test_who_cannot_be_asked_is_refused(down: Stage, own: str) -> None:
    for why, named in wrong_people(down).items():
        answer = down.alice.post(f"{ANALYSES}/{own}/assignments", json=named)
        assert answer.status_code == 422, why
    assert body(down.alice.get(f"{ANALYSES}/{own}/assignments"))["items"] == []


def test_an_administrator_does_not_ask_herself(down: Stage, own: str) -> None:
    assert body(assign(down.ann, own, "ann@example.org"))["type"] == "/problems/not-assignable"


def test_a_due_date_may_not_have_passed(down: Stage, own: str) -> None:
    today = now().date()
    late = assign(down.alice, own, OUTSIDER, due_on=str(today - timedelta(days=2)))
    assert body(late)["errors"][0]["pointer"] == "#/due_on"
    assert assign(down.alice, own, OUTSIDER, due_on=str(today)).status_code == 201


def test_what_is_open_past_its_day_is_overdue(down: Stage, own: str) -> None:
    assignment = assigned(down.alice, own, "bob@example.org", due_on=str(now().date()))
    assert not inbox(down.bob)[0]["overdue"]
    with down.app.app_context():
        db.session.execute(update(Assignment).values(due_on=now().date() - timedelta(days=1)))
        db.session.commit()
    assert inbox(down.bob)[0]["overdue"]
    step(down.bob, assignment, "declined")
    assert not inbox(down.bob)[0]["overdue"]


def test_there_is_one_open_assignment_of_a_record_and_a_person(down: Stage, own: str) -> None:
    def ask(_number: int) -> int:
        person = Person(down.app.test_client(), down.alice.key)
        return assign(person, own, "bob@example.org").status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(ask, range(4))) == [201, 409, 409, 409]
    step(down.bob, inbox(down.bob)[0]["id"], "declined")
    assert ask(0) == 201


def test_an_address_counts_elsewhere_only_once_it_is_proved(down: Stage, own: str) -> None:
    unproved = join(down, "charlie", "Elsewhere", "administrator", verified=False)
    assigned(down.alice, own, OUTSIDER)
    assert unproved.get(f"{ANALYSES}/{own}").status_code == 404
    assert inbox(unproved) == []
    with down.app.app_context():
        assert db.session.query(Assignment).one().assignee_id is None


def test_the_answer_does_not_tell_who_has_an_account(down: Stage, charlie: Person, own: str) -> None:
    known, unknown = (body(assign(down.alice, own, each)) for each in (OUTSIDER, "no@example.org"))
    differing = {name for name in known if known[name] != unknown[name]}
    assert differing <= {"id", "assignee_email", "created_at", "updated_at", "links"}


def test_a_disabled_account_gets_nothing(down: Stage, charlie: Person, own: str) -> None:
    with down.app.app_context():
        db.session.execute(update(User).where(User.email == "bob@example.org").values(disabled_at=now()))
        db.session.commit()
    answer = down.alice.post(f"{ANALYSES}/{own}/assignments", json={"user_id": user_id(down, "bob")})
    assert answer.status_code == 422


STEPS = [
    (["accepted"], [200]),
    (["declined"], [200]),
    (["accepted", "declined"], [200, 200]),
    (["accepted", "accepted"], [200, 409]),
    (["declined", "accepted"], [200, 409]),
    (["declined", "declined"], [200, 409]),
    (["done"], [422]),
]


@pytest.mark.parametrize(("steps", "answers"), STEPS)
def test_steps_of_an_assignment(down: Stage, own: str, steps: list[str], answers: list[int]) -> None:
    assignment = assigned(down.alice, own, "bob@example.org")
    assert [step(down.bob, assignment, each).status_code for each in steps] == answers


def test_only_who_was_asked_answers(down: Stage, own: str) -> None:
    assignment = assigned(down.alice, own, "bob@example.org")
    assert step(down.alice, assignment, "accepted").status_code == 403
    assert step(down.ann, assignment, "declined").status_code == 403
    assert step(down.charlie, assignment, "declined").status_code == 404
    assert inbox(down.bob)[0]["status"] == "requested"


def test_a_record_declined_exists_no_longer(down: Stage, own: str) -> None:
    paula = join(down, "paula", "Clinic", "pathologist")
    assignment = assigned(down.alice, own, "paula@example.org")
    assert step(paula, assignment, "declined").status_code == 200
    assert paula.get(f"{ANALYSES}/{own}").status_code == 404
    assert [item["status"] for item in inbox(paula)] == ["declined"]
    assert review(paula, own, category="low").status_code == 404


def test_what_is_taken_back_is_no_longer_shown(down: Stage, own: str) -> None:
    assignment = assigned(down.alice, own, "bob@example.org")
    assert down.alice.delete(f"{ASSIGNMENTS}/{assignment}").status_code == 204
    assert down.bob.get(f"{ANALYSES}/{own}").status_code == 404
    assert inbox(down.bob) == []
    assert down.alice.delete(f"{ASSIGNMENTS}/{assignment}").status_code == 404


def test_what_is_answered_cannot_be_taken_back(down: Stage, own: str) -> None:
    paula = join(down, "paula", "Clinic", "pathologist")
    assignment = assigned(down.alice, own, "paula@example.org")
    assert review(paula, own, category="low").status_code == 201
    assert body(down.alice.delete(f"{ASSIGNMENTS}/{assignment}"))["type"] == "/problems/impossible-step"
    assert inbox(paula)[0]["status"] == "done"


def test_who_was_asked_sees_only_their_own_assignment(down: Stage, charlie: Person, own: str) -> None:
    mine = assigned(down.alice, own, OUTSIDER)
    other = assigned(down.alice, own, "bob@example.org", note="Charlie thinks it is high")
    assert [item["id"] for item in body(charlie.get(f"{ANALYSES}/{own}/assignments"))["items"]] == [mine]
    assert charlie.get(f"{ASSIGNMENTS}/{other}").status_code == 404
    assert len(body(down.ann.get(f"{ANALYSES}/{own}/assignments"))["items"]) == 2


def test_a_blind_administrator_sees_only_her_own_assignment(down: Stage, own: str) -> None:
    mine = assigned(down.alice, own, "ann@example.org")
    other = assigned(down.alice, own, "bob@example.org", note="Ann will say high")
    assert [item["id"] for item in body(down.ann.get(f"{ANALYSES}/{own}/assignments"))["items"]] == [mine]
    assert down.ann.get(f"{ASSIGNMENTS}/{other}").status_code == 404


def test_the_inbox_is_filtered_by_status_purpose_and_role(down: Stage, field: bytes) -> None:
    first, second = (upload(down.alice, field) for _ in range(2))
    assigned(down.alice, first, "bob@example.org")
    declined = assigned(down.alice, second, "bob@example.org", purpose="learning", blind=False)
    step(down.bob, declined, "declined")
    for query, records in {
        "": [second, first],
        "?status=requested,accepted": [first],
        "?status=declined": [second],
        "?purpose=learning": [second],
        "?role=assigner": [],
        "?limit=1": [second],
    }.items():
        assert [item["analysis_id"] for item in inbox(down.bob, query)] == records, query
    assert [item["analysis_id"] for item in inbox(down.alice, "?role=assigner")] == [second, first]
    assert inbox(down.charlie, "?role=assigner") == []
    assert down.bob.get(f"{ASSIGNMENTS}?status=finished").status_code == 422
    assert down.bob.get(f"{ASSIGNMENTS}?cursor=nonsense").status_code == 422


def test_learning_is_always_blind(down: Stage, own: str) -> None:
    record(down, own, Finding())
    answer = assign(down.alice, own, "bob@example.org", purpose="learning", blind=False)
    assert body(answer)["blind"]
    assert down.bob.get(f"{ANALYSES}/{own}/mask.png").status_code == 403


def test_every_step_is_in_the_trail_of_the_records_organisation(
    down: Stage, charlie: Person, own: str
) -> None:
    assignment = assigned(down.alice, own, OUTSIDER)
    step(charlie, assignment, "accepted")
    step(charlie, assignment, "declined")
    again = assigned(down.alice, own, OUTSIDER)
    down.alice.delete(f"{ASSIGNMENTS}/{again}")
    with down.app.app_context():
        events = db.session.query(AuditEvent).filter_by(object_type="assignment").order_by(AuditEvent.at)
        actions = [event.action.removeprefix("assignment.") for event in events]
        assert len({event.organisation_id for event in events}) == 1
        assert {event.details["analysis_id"] for event in events} == {own}
    assert actions == ["requested", "accepted", "declined", "requested", "withdrawn"]
