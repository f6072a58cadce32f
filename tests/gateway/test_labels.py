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


def test_an_upload_may_bring_its_labels(down: Stage, field: bytes) -> None:
    images = [("a.png", field), ("b.png", field)]
    items = body(down.alice.upload(images, wait="0", case_label=" S26-9 ", tags="breast, urgent,breast,"))[
        "items"
    ]
    for item in items:
        shown = body(down.alice.get(f"{ANALYSES}/{item['analysis']['id']}"))
        assert (shown["case_label"], shown["tags"]) == ("S26-9", ["breast", "urgent"])
    assert len(body(down.alice.get(f"{ANALYSES}?tag=breast,urgent&text=s26-9"))["items"]) == 2


@pytest.mark.parametrize("tags", ["a" * 51, ",".join(map(str, range(21))), "a\nb"])
def test_an_upload_with_tags_that_cannot_be_used_is_refused(down: Stage, field: bytes, tags: str) -> None:
    answer = down.alice.upload([("a.png", field)], wait="0", tags=tags)
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"].endswith("/tags")
    assert body(down.alice.get(ANALYSES))["items"] == []


def test_other_labels_are_another_request(down: Stage, field: bytes) -> None:
    key = {"Idempotency-Key": "one"}
    assert down.alice.upload([("a.png", field)], key, wait="0", tags="a").status_code == 202
    assert down.alice.upload([("a.png", field)], key, wait="0", tags="a").status_code == 202
    assert down.alice.upload([("a.png", field)], key, wait="0", tags="b").status_code == 422
