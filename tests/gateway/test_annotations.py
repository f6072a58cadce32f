"""Annotations: scored against the reference, shown to whom they concern, blind until the marks are in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from gateway import claims
from gateway.database import db
from gateway.media import JSON_LIMIT_BYTES
from gateway.models import Analysis, Annotation, Assignment, AuditEvent, Correction, User
from gateway.objects import ObjectStore
from gateway.results import result_of
from handler.packing import pack_nuclei
from tests.gateway.people import user_id
from tests.gateway.stage import ANALYSES, Stage, add_person, body
from tests.gateway.test_claims import ANSWER

NUCLEI = [
    {"x": 20.0, "y": 20.0, "class": "immunopositive"},
    {"x": 60.0, "y": 20.0, "class": "immunonegative"},
    {"x": 100.0, "y": 20.0, "class": "immunonegative"},
    {"x": 140.0, "y": 20.0, "class": "immunonegative"},
]
MARKS = [
    NUCLEI[0],
    {"x": 64.0, "y": 20.0, "class": "immunopositive"},
    {"x": 200.0, "y": 150.0, "class": "immunopositive"},
]


@dataclass(frozen=True)
class Scored:
    """Alice's analysis of a field with four nuclei at 0.5 microns per pixel."""

    stage: Stage
    id: str

    @property
    def path(self) -> str:
        return f"{ANALYSES}/{self.id}/annotations"

    def assign(self, name: str, purpose: str = "learning", *, blind: bool = True) -> str:
        with self.stage.app.app_context():
            someone = {user.name: user for user in db.session.scalars(select(User))}
            row = Assignment(
                analysis_id=self.id,
                assigner_id=someone["alice"].id,
                assignee_id=someone[name].id,
                assignee_email=someone[name].email,
                purpose=purpose,
                blind=blind,
            )
            db.session.add(row)
            db.session.commit()
            return row.id

    def correct(self) -> None:
        """Remove the last nucleus by hand."""
        with self.stage.app.app_context():
            owner = db.session.get_one(Analysis, self.id).owner_id
            counts = {"immunopositive": 1, "immunonegative": 2, "index_percent": 33.3, "category": "high"}
            db.session.add(
                Correction(
                    analysis_id=self.id,
                    revision=1,
                    version=3,
                    author_id=owner,
                    edits={"removed": [3]},
                    **counts,
                )
            )
            db.session.commit()


def record(stage: Stage, analysis_id: str) -> None:
    """Record a made-up result with these nuclei."""
    objects: ObjectStore = stage.services.objects
    measured = {"confidence": 0.9, "area_um2": 40.0, "dab_density": 0.3}
    nuclei = [each | measured for each in NUCLEI]
    packed = pack_nuclei({"answer": {"nuclei": nuclei}, "contours": [], "mask": b""})
    objects.put(f"{analysis_id}/nuclei", packed)
    with stage.app.app_context():
        held = claims.claim(analysis_id, 30)
        assert held is not None
        assert claims.record_result(held, result_of(ANSWER, analysis_id, 1, f"{analysis_id}/nuclei", "map"))


@pytest.fixture
def scored(down: Stage, field: bytes) -> Scored:
    analysis_id = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    record(down, analysis_id)
    return Scored(down, analysis_id)


def test_marks_are_scored_against_the_model(scored: Scored) -> None:
    answer = scored.stage.alice.post(scored.path, json={"marks": MARKS})
    assert answer.status_code == 201, answer.text
    made = body(answer)
    assert (made["reference"], made["radius_um"], made["attempt"], made["blind"]) == ("model", 6.0, 1, False)
    assert made["scores"]["detection"] | {"f1": None} == {
        "right": 2,
        "invented": 1,
        "missed": 2,
        "precision": pytest.approx(2 / 3),
        "recall": 0.5,
        "f1": None,
    }
    assert made["scores"]["mislabelled"] == 1
    assert made["scores"]["index_difference_points"] == 75.0
    assert made["outcome"]["mislabelled"] == [
        {
            "mark": 1,
            "x": 60.0,
            "y": 20.0,
            "class": "immunonegative",
            "marked_as": "immunopositive",
            "distance_um": 2.0,
        }
    ]
    assert [each["x"] for each in made["outcome"]["missed"]] == [100.0, 140.0]
    assert [each["mark"] for each in made["outcome"]["invented"]] == [2]
    assert body(scored.stage.alice.get(answer.headers["Location"])) == made


def test_the_corrected_layer_is_the_reference_where_there_is_one(scored: Scored) -> None:
    scored.correct()
    made = body(scored.stage.alice.post(scored.path, json={"marks": NUCLEI}))
    assert (made["reference"], made["correction_version"]) == ("correction", 3)
    assert made["scores"]["reference_counts"]["total"] == 3
    assert [each["x"] for each in made["outcome"]["invented"]] == [140.0]


def test_a_polygon_counts_by_its_centroid(scored: Scored) -> None:
    square = [[10, 10], [30, 10], [30, 30], [10, 30]]
    made = body(
        scored.stage.alice.post(scored.path, json={"marks": [{"polygon": square, "class": "immunopositive"}]})
    )
    assert made["marks"] == [{"x": 20.0, "y": 20.0, "class": "immunopositive"}]
    assert made["scores"]["immunopositive"]["f1"] == 1.0


def test_an_open_assignment_to_learn_is_done_with_it(scored: Scored) -> None:
    bob, assignment = scored.stage.bob, scored.assign("bob")
    record_path = f"{ANALYSES}/{scored.id}"
    assert body(bob.get(record_path))["blinded"] is True
    made = body(bob.post(scored.path, json={"marks": MARKS}))
    assert (made["assignment_id"], made["blind"], made["attempt"]) == (assignment, True, 1)
    assert body(bob.get(record_path))["blinded"] is False
    again = body(bob.post(scored.path, json={"marks": NUCLEI}))
    assert (again["assignment_id"], again["blind"], again["attempt"]) == (None, False, 2)
    with scored.stage.app.app_context():
        assert db.session.get_one(Assignment, assignment).status == "done"
        noted = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("a%.%"))))
    assert {"assignment.done", "annotation.created"} <= noted


def test_of_many_at_the_same_moment_one_closes_the_assignment(scored: Scored) -> None:
    scored.assign("bob")

    def attempt(_number: int) -> int:
        return (
            scored.stage.app.test_client()
            .post(scored.path, json={"marks": MARKS}, headers=scored.stage.bob.headers)
            .status_code
        )

    with ThreadPoolExecutor(4) as several:
        statuses = list(several.map(attempt, range(8)))
    assert set(statuses) <= {201, 409}
    with scored.stage.app.app_context():
        assigned = db.session.scalars(select(Annotation).where(Annotation.assignment_id.is_not(None))).all()
    assert len(assigned) == 1


def test_a_blind_second_opinion_comes_before_any_annotation(scored: Scored) -> None:
    scored.assign("bob")
    earlier = body(scored.stage.bob.post(scored.path, json={"marks": MARKS}))
    scored.assign("bob", "second_opinion")
    answers = [
        scored.stage.bob.post(scored.path, json={"marks": MARKS}),
        scored.stage.bob.get(scored.path),
        scored.stage.bob.get(earlier["links"]["self"]),
        scored.stage.bob.get(earlier["links"]["picture"]),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert body(answer)["type"] == "/problems/blind-review"
    assert body(scored.stage.bob.get("/api/v1/learning/progress"))["items"] == []


def test_a_blind_owner_or_administrator_sees_no_annotations_either(scored: Scored) -> None:
    made = body(scored.stage.alice.post(scored.path, json={"marks": MARKS}))
    scored.assign("ann", "second_opinion")
    author = made["author_id"]
    assert scored.stage.ann.get(scored.path).status_code == 403
    assert scored.stage.ann.get(made["links"]["self"]).status_code == 403
    assert body(scored.stage.ann.get(f"/api/v1/learning/progress?author_id={author}"))["items"] == []


def test_an_open_second_opinion_may_annotate(scored: Scored) -> None:
    scored.assign("bob", "second_opinion", blind=False)
    assert scored.stage.bob.post(scored.path, json={"marks": MARKS}).status_code == 201


def test_a_record_without_result_is_not_scored(down: Stage, field: bytes) -> None:
    own = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    answer = down.alice.post(f"{ANALYSES}/{own}/annotations", json={"marks": MARKS})
    assert (answer.status_code, body(answer)["type"]) == (409, "/problems/not-scored")


def test_each_sees_their_own_and_who_may_change_the_record_sees_all(scored: Scored) -> None:
    stage = scored.stage
    scored.assign("bob")
    theirs = body(stage.bob.post(scored.path, json={"marks": MARKS}))
    mine = body(stage.alice.post(scored.path, json={"marks": NUCLEI}))
    listed = {name: body(stage.people[name].get(scored.path)) for name in ("alice", "ann", "bob")}
    seen = {name: [each["id"] for each in page["items"]] for name, page in listed.items()}
    both = [mine["id"], theirs["id"]]
    assert seen == {"alice": both, "ann": both, "bob": [theirs["id"]]}
    assert stage.bob.get(mine["links"]["self"]).status_code == 404
    assert stage.charlie.get(scored.path).status_code == 404
    for link in ("self", "picture"):
        assert stage.charlie.get(theirs["links"][link]).status_code == 404
    assert stage.charlie.post(scored.path, json={"marks": []}).status_code == 404


def test_who_looks_at_annotations_of_somebody_elses_record_leaves_a_note(scored: Scored) -> None:
    stage = scored.stage
    scored.assign("bob")
    links = body(stage.bob.post(scored.path, json={"marks": MARKS}))["links"]
    for who in ("ann", "alice", "charlie"):
        for path in (scored.path, links["self"]):
            stage.people[who].get(path)
    stage.bob.get(links["self"])
    with stage.app.app_context():
        found = select(AuditEvent).where(AuditEvent.action == "analysis.viewed").order_by(AuditEvent.at)
        notes = [(each.actor_id, each.object_id, each.details) for each in db.session.scalars(found)]
    ann, bob = user_id(stage, "ann"), user_id(stage, "bob")
    seen = [(ann, "annotations"), (ann, "annotation"), (bob, "annotation")]
    assert notes == [(who, scored.id, {"part": part}) for who, part in seen]


def test_pages_of_annotations_follow_each_other(scored: Scored) -> None:
    made = [body(scored.stage.alice.post(scored.path, json={"marks": MARKS}))["id"] for _ in range(3)]
    first = scored.stage.alice.get(f"{scored.path}?limit=2")
    second = body(scored.stage.alice.get(f"{scored.path}?limit=2&cursor={body(first)['next_cursor']}"))
    assert [each["id"] for each in body(first)["items"] + second["items"]] == made[::-1]
    assert scored.path in first.headers["Link"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "outside": ({"x": 300, "y": 5, "class": "immunopositive"}, "mark-outside-image"),
    "neither point nor polygon": ({"class": "immunopositive"}, "invalid-request"),
    "both": (
        {"x": 1, "y": 1, "polygon": [[0, 0], [1, 0], [1, 1]], "class": "immunopositive"},
        "invalid-request",
    ),
    "unknown class": ({"x": 1, "y": 1, "class": "mitosis"}, "invalid-request"),
    "a line": ({"polygon": [[0, 0], [1, 1]], "class": "immunopositive"}, "invalid-request"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_mark_is_refused_and_named(scored: Scored, name: str) -> None:
    mark, code = WRONG[name]
    answer = scored.stage.alice.post(scored.path, json={"marks": [NUCLEI[0], mark]})
    assert (answer.status_code, body(answer)["type"]) == (422, f"/problems/{code}")
    assert body(answer)["errors"][0]["pointer"].startswith("#/marks/1")


def test_too_many_marks_are_refused(scored: Scored) -> None:
    answer = scored.stage.alice.post(scored.path, json={"marks": [NUCLEI[0]] * 20_001})
    assert answer.status_code == 422


def test_a_document_larger_than_any_field_needs_is_not_read(scored: Scored) -> None:
    answer = scored.stage.alice.post(
        scored.path, data=b" " * (JSON_LIMIT_BYTES + 1), content_type="application/json"
    )
    assert (answer.status_code, body(answer)["type"]) == (413, "/problems/request-too-large")


def test_the_picture_shows_every_outcome_beneath_its_legend(scored: Scored) -> None:
    made = body(scored.stage.alice.post(scored.path, json={"marks": MARKS}))
    answer = scored.stage.alice.get(made["links"]["picture"])
    assert answer.content_type == "image/png"
    pixels = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape[0] > 192 * 4
    again = scored.stage.alice.get(made["links"]["picture"], {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_progress_shows_first_attempts_with_running_means(down: Stage, field: bytes) -> None:
    for marks in (NUCLEI, [], MARKS):
        uploaded = down.alice.upload([("a.png", field)], wait="0")
        analysis_id = body(uploaded)["items"][0]["analysis"]["id"]
        record(down, analysis_id)
        path = f"{ANALYSES}/{analysis_id}/annotations"
        down.alice.post(path, json={"marks": marks})
        down.alice.post(path, json={"marks": NUCLEI})
    shown = body(down.alice.get("/api/v1/learning/progress"))
    assert [each["f1_detection"] for each in shown["items"]] == [1.0, 0.0, pytest.approx(4 / 7)]
    assert [each["index_difference_points"] for each in shown["items"]] == [0.0, None, 75.0]
    last = shown["items"][-1]["running_mean"]
    assert last["f1_detection"] == pytest.approx((1 + 4 / 7) / 3)
    assert last["index_difference_points"] == 37.5
    second = shown["items"][1]["created_at"]
    some = body(down.alice.get("/api/v1/learning/progress", query_string={"from": second}))
    assert [each["annotation_id"] for each in some["items"]] == [
        each["annotation_id"] for each in shown["items"][1:]
    ]
    before = body(down.alice.get("/api/v1/learning/progress", query_string={"to": second}))
    assert len(before["items"]) == 1


def test_a_teacher_follows_members_on_their_own_records(scored: Scored) -> None:
    stage = scored.stage
    scored.assign("bob")
    author = body(stage.bob.post(scored.path, json={"marks": MARKS}))["author_id"]
    path = f"/api/v1/learning/progress?author_id={author}"
    assert [len(body(stage.people[name].get(path))["items"]) for name in ("alice", "ann")] == [1, 1]
    assert stage.charlie.get(path).status_code == 404
    with stage.app.app_context():
        student = type(stage.bob)(stage.app.test_client(), add_person("sam", "Clinic", "student"))
    assert body(student.get(path))["items"] == []
