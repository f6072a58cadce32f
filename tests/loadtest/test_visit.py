"""One person's stay: time counts from when a question was due, and every image sent is accounted for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from loadtest.arrivals import Arrival
from loadtest.book import ACCEPTED, REFUSED, REQUESTS, TROUBLES, UNKNOWN, UPLOADS, Book
from loadtest.checks import Question
from loadtest.contract import Answer
from loadtest.pictures import Picture
from loadtest.plan import GATEWAY, Plan
from loadtest.profiles import Phase
from loadtest.visit import Scene, Visit
from tests.loadtest.answers import PICTURE, analysis, expectations, item, items, problem

CROP = Picture(PICTURE, "crop", b"bytes", 0.5)
PLAN = Plan(
    kind=GATEWAY,
    url="http://127.0.0.1:1",
    key="ki67_key",
    label="loadtest now",
    seed=1,
    phases=(Phase("load", 0, 10, 1),),
    mix={"integrator": 1},
    pool=1,
    pictures=(CROP,),
    broken=(b"not an image",),
    expectations=expectations(),
    statuses={"POST /api/v1/analyses": ("200", "202", "503"), "GET /api/v1/analyses/{analysis_id}": ("200",)},
)


@dataclass
class Stage:
    """A service whose answers and their duration are given beforehand, and a clock that waits for nobody."""

    answers: Iterator[Answer]
    answer_s: float = 1.0
    now_s: float = 0.0
    book: Book = field(default_factory=Book)
    asked: list[Question] = field(default_factory=list)

    def visit(self, due_s: float) -> Visit:
        scene = Scene(PLAN, PLAN.contract, self.book, lambda: self.now_s, self.sleep)
        return Visit(scene, Arrival(7, due_s, "integrator"), self.send)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def send(self, question: Question) -> Answer:
        self.asked.append(question)
        self.now_s += self.answer_s
        return next(self.answers)


def test_who_was_sent_late_has_waited_since_they_were_due() -> None:
    stage = Stage(iter([items(item())]), now_s=5.0)
    stage.visit(due_s=2.0).upload(CROP)
    (request,) = stage.book.take()[REQUESTS]
    assert request[0] == 2.0
    assert request[5:] == (4.0, 1.0, 1)


def test_a_question_after_a_pause_is_due_when_the_pause_ends() -> None:
    stage = Stage(iter([items(item()), Answer(200, {}, b"")]))
    visit = stage.visit(due_s=0.0)
    visit.upload(CROP)
    visit.think(3, 3)
    visit.get("/healthz")
    _, second = stage.book.take()[REQUESTS]
    assert (second[0], second[5]) == (4.0, 1.0)


def test_what_is_queued_is_asked_for_until_it_is_done_and_the_whole_wait_is_noted() -> None:
    queued = items(item(status="queued"), status=202)
    looks = [json.dumps(analysis(status=status)).encode() for status in ("running", "succeeded")]
    stage = Stage(iter([queued, *(Answer(200, {}, look) for look in looks)]))
    visit = stage.visit(due_s=0.0)
    assert visit.follow(visit.upload(CROP))[0]["status"] == "succeeded"
    noted = stage.book.take()[REQUESTS]
    assert [request[7] for request in noted] == [0, 0, 1, 0]
    assert noted[-1][2] == "result"
    assert noted[-1][5] == pytest.approx(1 + 2 * (2 + 1))


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (items(item()), ACCEPTED),
        (items(item(status="queued"), status=202), ACCEPTED),
        (problem(503, "5"), REFUSED),
        (problem(500, instance="/api/v1/analyses/1"), ACCEPTED),
        (Answer(0, {}, b""), UNKNOWN),
    ],
    ids=["scored", "queued", "shed", "failed after it was taken", "no answer"],
)
def test_every_image_has_a_fate(answer: Answer, fate: str) -> None:
    stage = Stage(iter([answer]))
    stage.visit(due_s=0.0).upload(CROP)
    ((name, picture, told),) = stage.book.take()[UPLOADS]
    assert (picture, told) == (PICTURE, fate)
    assert str(name).endswith(PICTURE)


def test_a_visit_that_is_ended_in_the_middle_leaves_its_upload_unknown() -> None:
    def end(_question: Question) -> Answer:
        raise KeyboardInterrupt

    stage = Stage(iter([]))
    visit = Visit(Scene(PLAN, PLAN.contract, stage.book, lambda: 0.0), Arrival(1, 0.0, "phone"), end)
    with pytest.raises(KeyboardInterrupt):
        visit.upload(CROP)
    assert [upload[2] for upload in stage.book.take()[UPLOADS]] == [UNKNOWN]


def test_a_repeated_upload_is_one_image_and_must_make_no_other_record() -> None:
    other: dict[str, Any] = item(analysis=analysis(id="b" * 32))
    for again, troubles in ((item(), 0), (other, 1)):
        stage = Stage(iter([items(item()), items(again)]))
        visit = stage.visit(due_s=0.0)
        first = visit.upload(CROP, key="once")
        visit.expect_same(first, visit.repeat(first.uploading, counts=False))
        assert stage.asked[0].headers["Idempotency-Key"] == "once"
        assert stage.asked[0].body == stage.asked[1].body
        noted = stage.book.take()
        assert (len(noted[UPLOADS]), len(noted[TROUBLES])) == (1, troubles)


def test_a_plan_survives_its_way_to_a_worker() -> None:
    assert Plan.from_bytes(PLAN.to_bytes()).to_bytes() == PLAN.to_bytes()
    assert Plan.from_bytes(PLAN.to_bytes()).expectations == PLAN.expectations
