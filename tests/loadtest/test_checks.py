"""Every answer is judged: what is right, what was asked for, what sheds load, what is wrong."""

from typing import Any

import pytest

from loadtest.checks import (
    DOCUMENTED,
    FAILED,
    OK,
    SHED_LOAD,
    WRONG,
    Question,
    Sent,
    judge,
    wrong_with_items,
)
from loadtest.contract import Answer, OpenApi
from loadtest.expected import wrong_with_layer
from tests.loadtest.answers import NAME, PICTURE, VERSION, analysis, expectations, item, items, problem

POST = "POST /api/v1/analyses"
CONTRACT = OpenApi({POST: frozenset({"200", "202", "415", "429", "500", "503"})})
SENT = [Sent(NAME, PICTURE)]


def asked(**changed: Any) -> Question:
    """Return the question of one upload."""
    question: dict[str, Any] = {
        "answers": (200, 202),
        "check": lambda answer: wrong_with_items(answer, SENT, expectations()),
    }
    return Question("POST", "/api/v1/analyses", "/api/v1/analyses", **question | changed)


def outcome(answer: Answer, **changed: Any) -> str:
    return judge(asked(**changed), answer, CONTRACT).outcome


def test_the_answer_of_the_idle_pass_is_right() -> None:
    assert outcome(items(item())) == OK


def test_what_is_still_queued_is_right() -> None:
    assert outcome(items(item(status="queued", analysis=analysis(counts=None)), status=202)) == OK


@pytest.mark.parametrize(
    "changed",
    [
        {"counts": {"immunopositive": 2, "immunonegative": 2, "total": 4}},
        {"counts": {"immunopositive": 1, "immunonegative": 3, "total": 5}},
        {"index_percent": 25.5},
        {"category": "low"},
        {"image": {"width_px": 255, "height_px": 256}},
        {"nuclei": [{}, {}, {}]},
        {"model": {"version": "1.0"}},
    ],
    ids=lambda changed: str(next(iter(changed))),
)
def test_a_result_that_differs_from_the_idle_pass_is_wrong(changed: dict[str, Any]) -> None:
    assert outcome(items(item(analysis=analysis(**changed)))) == WRONG


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [item(), item(index=1)],
        [item(index=1)],
        [item(filename="another.jpg")],
        [item(status="failed", problem={"status": 500, "detail": "no"})],
        [{"index": 0, "filename": NAME, "status": "succeeded"}],
    ],
    ids=["none", "too many", "index", "filename", "failed", "without its analysis"],
)
def test_items_that_do_not_match_their_files_are_wrong(listed: list[dict[str, Any]]) -> None:
    assert outcome(items(*listed)) == WRONG


def test_an_answer_that_is_no_json_is_wrong() -> None:
    assert outcome(Answer(200, {}, b"<html>")) == WRONG


def test_a_broken_file_has_to_be_refused_among_good_ones() -> None:
    sent = [*SENT, Sent("broken", None)]
    refused = {"index": 1, "filename": "broken", "status": "failed", "problem": {"status": 415}}
    taken = refused | {"status": "succeeded", "analysis": analysis()}
    assert wrong_with_items(items(item(), refused), sent, expectations()) is None
    assert wrong_with_items(items(item(), taken), sent, expectations()) is not None


def test_the_error_that_was_asked_for_is_documented() -> None:
    assert outcome(problem(415), answers=(), errors=(415,)) == DOCUMENTED


def test_success_where_an_error_is_due_is_wrong() -> None:
    assert outcome(items(item()), answers=(), errors=(415,)) == WRONG


def test_an_error_to_what_was_right_is_a_failure() -> None:
    assert outcome(problem(415)) == FAILED


@pytest.mark.parametrize("status", [429, 503])
def test_load_is_shed_only_by_saying_when_to_come_again(status: int) -> None:
    assert outcome(problem(status, "5")) == SHED_LOAD
    assert outcome(problem(status)) == FAILED


@pytest.mark.parametrize(
    "answer",
    [
        problem(418, "5"),
        problem(415, says=422),
        problem(415, type="about:blank"),
        Answer(415, {"content-type": "text/html"}, b"<h1>no</h1>"),
        Answer(0, {}, b"ConnectionRefusedError"),
    ],
    ids=["undocumented status", "other status", "without type", "HTML", "no answer"],
)
def test_an_error_that_is_not_as_documented_is_a_failure(answer: Answer) -> None:
    assert outcome(answer, errors=(415, 418)) == FAILED


def test_a_layer_must_be_the_one_drawn_when_idle() -> None:
    expected = expectations()[PICTURE, VERSION]
    assert wrong_with_layer("mask.png", b"a mask", expected) is None
    assert wrong_with_layer("mask.png", b"another", expected) is not None
