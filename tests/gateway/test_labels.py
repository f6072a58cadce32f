"""PATCH /api/v1/analyses/{id}: case label and tags, by who may and has seen the last state."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db
from gateway.models import AuditEvent
from tests.gateway.records import assign, give_result, upload
from tests.gateway.stage import ANALYSES, Stage, body


@pytest.fixture
def path(down: Stage, field: bytes) -> str:
    return f"{ANALYSES}/{upload(down, field)}"


def seen(stage: Stage, path: str, who: str = "alice") -> Mapping[str, str]:
    return {"If-Match": stage.people[who].get(f"{path}?nuclei=false").headers["ETag"]}


def test_labels_are_trimmed_unique_and_kept(down: Stage, path: str) -> None:
    labels = {"case_label": " S26-7 ", "tags": ["urgent ", "breast", "urgent"]}
    answer = down.alice.patch(path, seen(down, path), json=labels)
    assert answer.status_code == 200
    for shown in (body(answer), body(down.alice.get(path))):
        assert (shown["case_label"], shown["tags"]) == ("S26-7", ["breast", "urgent"])
    assert answer.headers["ETag"] == down.alice.get(f"{path}?nuclei=false").headers["ETag"]


def test_what_is_left_out_stays_and_null_takes_away(down: Stage, path: str) -> None:
    down.alice.patch(path, seen(down, path), json={"case_label": "a", "tags": ["t"]})
    down.alice.patch(path, seen(down, path), json={"tags": []})
    assert body(down.alice.get(path))["case_label"] == "a"
    changed = body(down.alice.patch(path, seen(down, path), json={"case_label": None}))
    assert (changed["case_label"], changed["tags"]) == (None, [])


def test_without_if_match_nothing_changes(down: Stage, path: str) -> None:
    answer = down.alice.patch(path, json={"case_label": "a"})
    assert (answer.status_code, body(answer)["type"]) == (428, "/problems/precondition-required")
    assert body(down.alice.get(path))["case_label"] is None


def test_who_saw_an_older_state_is_told(down: Stage, path: str) -> None:
    before = seen(down, path)
    assert down.ann.patch(path, before, json={"tags": ["anns"]}).status_code == 200
    answer = down.alice.patch(path, before, json={"tags": ["alices"]})
    assert (answer.status_code, body(answer)["type"]) == (412, "/problems/precondition-failed")
    assert body(down.alice.get(path))["tags"] == ["anns"]


@pytest.mark.parametrize(
    "labels",
    [
        {"case_label": "a" * 101},
        {"case_label": ""},
        {"case_label": "a\nb"},
        {"tags": ["a" * 51]},
        {"tags": [" "]},
        {"tags": ["a,b"]},
        {"tags": ["a\u0000"]},
        {"tags": [str(number) for number in range(21)]},
        {"filename": "b.png"},
    ],
)
def test_labels_that_cannot_be_used_are_refused(down: Stage, path: str, labels: dict[str, Any]) -> None:
    assert down.alice.patch(path, seen(down, path), json=labels).status_code == 422


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_others_do_not_find_it(down: Stage, path: str, who: str) -> None:
    assert down.people[who].patch(path, seen(down, path), json={"tags": []}).status_code == 404


def test_who_was_only_shown_it_cannot_change_it(down: Stage, path: str) -> None:
    assign(down, path.rpartition("/")[2], "charlie", blind=False)
    answer = down.charlie.patch(path, seen(down, path, "charlie"), json={"tags": []})
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/not-yours-to-change")


def test_a_blind_administrator_changes_nothing_they_cannot_see(down: Stage, path: str) -> None:
    give_result(down, path.rpartition("/")[2])
    assign(down, path.rpartition("/")[2], "ann")
    answer = down.ann.patch(path, seen(down, path), json={"tags": []})
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/blind-review")


def test_the_audit_trail_names_what_changed_and_not_to_what(down: Stage, path: str) -> None:
    down.alice.patch(path, seen(down, path), json={"case_label": "S26-7"})
    with down.app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "analysis.labelled")).one()
        assert (event.object_id, event.details) == (path.rpartition("/")[2], {"changed": ["case_label"]})
