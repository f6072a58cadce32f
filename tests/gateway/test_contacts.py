"""Contacts: favourites by address, one's own, and silent about who has an account."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.database import db
from gateway.models import AuditEvent, Contact
from tests.gateway.opinions_stage import CONTACTS
from tests.gateway.stage import Person, Stage, body


def keep(person: Person, email: str, name: str = "Dr. Lee") -> TestResponse:
    return person.client.put(CONTACTS, headers=person.headers, json={"email": email, "name": name})


def names(person: Person) -> list[str]:
    return [item["name"] for item in body(person.get(CONTACTS))["items"]]


def test_an_address_is_kept_once_and_can_be_renamed(down: Stage) -> None:
    first, second = keep(down.alice, "Lee@Example.org"), keep(down.alice, "lee@example.org", "Kim Lee")
    assert (first.status_code, second.status_code) == (201, 200)
    assert body(first)["email"] == "lee@example.org"
    assert body(first)["id"] == body(second)["id"]
    assert names(down.alice) == ["Kim Lee"]


def test_contacts_are_ones_own(down: Stage) -> None:
    contact = body(keep(down.alice, "lee@example.org"))["id"]
    for name in ("bob", "ann", "charlie"):
        assert names(down.people[name]) == []
        assert down.people[name].delete(f"{CONTACTS}/{contact}").status_code == 404
    assert down.alice.delete(f"{CONTACTS}/{contact}").status_code == 204
    assert names(down.alice) == []
    assert down.alice.delete(f"{CONTACTS}/{contact}").status_code == 404


def test_nothing_tells_who_has_an_account(down: Stage) -> None:
    known, unknown = (body(keep(down.alice, each)) for each in ("bob@example.org", "nobody@example.org"))
    assert {**known, "id": "", "email": "", "created_at": "", "updated_at": ""} == {
        **unknown,
        "id": "",
        "email": "",
        "created_at": "",
        "updated_at": "",
    }


def test_lists_are_cut_in_pages_newest_first(down: Stage) -> None:
    for number in range(5):
        keep(down.alice, f"{number}@example.org", str(number))
    page = down.alice.get(f"{CONTACTS}?limit=2")
    seen = [item["name"] for item in body(page)["items"]]
    while cursor := body(page)["next_cursor"]:
        assert f"{CONTACTS}?" in page.headers["Link"]
        page = down.alice.get(f"{CONTACTS}?limit=2&cursor={cursor}")
        seen += [item["name"] for item in body(page)["items"]]
    assert seen == ["4", "3", "2", "1", "0"]
    assert "Link" not in page.headers


WRONG: list[dict[str, Any]] = [
    {"email": "nonsense", "name": "a"},
    {"email": "lee@example.org", "name": ""},
    {"email": "lee@example.org", "name": "a\0b"},
    {"email": "lee@example.org", "name": "a" * 201},
    {"email": "lee@example.org"},
    {"email": "lee@example.org", "name": "a", "telephone": "1"},
]


@pytest.mark.parametrize("given", WRONG)
def test_what_is_no_contact_is_refused(down: Stage, given: dict[str, Any]) -> None:
    answer = down.alice.client.put(CONTACTS, headers=down.alice.headers, json=given)
    assert answer.status_code == 422
    assert names(down.alice) == []


def test_the_trail_has_no_address(down: Stage) -> None:
    keep(down.alice, "lee@example.org")
    with down.app.app_context():
        contact = db.session.query(Contact).one()
        events = db.session.query(AuditEvent).filter_by(object_id=contact.id).all()
    assert [(event.action, event.details) for event in events] == [("contact.added", {})]
