"""Reviews: what may be said, once under an assignment, and what is shown beside it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.database import db
from gateway.models import Organisation, Review
from tests.gateway.opinions_stage import Finding, assigned, join, record, review, upload
from tests.gateway.stage import ANALYSES, Person, Stage, body

PAULA = "paula@example.org"


@pytest.fixture
def paula(down: Stage) -> Person:
    """A pathologist of the clinic."""
    return join(down, "paula", "Clinic", "pathologist")


@pytest.fixture
def own(down: Stage, field: bytes) -> str:
    """Alice's record, scored: 30 of 100, high."""
    analysis_id = upload(down.alice, field)
    record(down, analysis_id, Finding())
    return analysis_id


def reviews(person: Person, analysis_id: str) -> Any:
    return person.get(f"{ANALYSES}/{analysis_id}/reviews")


def test_a_blind_review_is_shown_beside_the_result(down: Stage, paula: Person, own: str) -> None:
    assignment = assigned(down.alice, own, PAULA)
    answer = review(paula, own, immunopositive=15, immunonegative=85, comment="pale")
    assert answer.status_code == 201
    given = body(answer)
    assert (given["index_percent"], given["category"]) == (15.0, "borderline")
    assert (given["assignment_id"], given["blind"], given["revision"]) == (assignment, True, 1)
    assert given["reviewer"]["name"] == "paula"
    assert given["comparison"] == {
        "revision": 1,
        "index_percent": 30.0,
        "category": "high",
        "index_difference_percent": -15.0,
        "category_agrees": False,
    }
    assert body(reviews(paula, own))["items"] == [given]
    assert body(reviews(down.alice, own))["items"] == [given]


def test_before_there_is_a_result_nothing_is_compared(down: Stage, field: bytes, paula: Person) -> None:
    waiting = upload(down.alice, field)
    assigned(down.alice, waiting, PAULA)
    given = body(review(paula, waiting, category="low"))
    assert (given["comparison"], given["revision"], given["index_percent"]) == (None, None, None)
    record(down, waiting, Finding())
    (later,) = body(reviews(down.alice, waiting))["items"]
    assert later["comparison"]["category_agrees"] is False
    assert later["comparison"]["index_difference_percent"] is None


def test_reviews_are_hidden_from_who_is_still_to_judge_blind(down: Stage, paula: Person, own: str) -> None:
    review(down.ann, own, category="high")
    assigned(down.alice, own, PAULA)
    assert body(reviews(paula, own))["type"] == "/problems/blind-review"
    review(paula, own, category="low")
    assert [item["category"] for item in body(reviews(paula, own))["items"]] == ["low", "high"]


def test_nobody_agrees_with_what_they_have_not_seen(
    down: Stage, field: bytes, paula: Person, own: str
) -> None:
    assigned(down.alice, own, PAULA)
    answer = review(paula, own, category="high", agreement="agree")
    assert (answer.status_code, body(answer)["type"]) == (422, "/problems/result-not-seen")
    unscored = upload(down.alice, field)
    assert review(down.ann, unscored, agreement="agree").status_code == 422
    assert review(paula, own, category="high").status_code == 201


def test_who_was_shown_the_result_may_agree(down: Stage, paula: Person, own: str) -> None:
    assigned(down.alice, own, PAULA, blind=False)
    given = body(review(paula, own, agreement="disagree"))
    assert (given["agreement"], given["blind"]) == ("disagree", False)
    assert given["comparison"]["category_agrees"] is None


def test_an_administrator_reviews_unasked(down: Stage, own: str) -> None:
    given = body(review(down.ann, own, category="high", agreement="agree"))
    assert (given["assignment_id"], given["blind"]) == (None, False)
    assert given["comparison"]["category_agrees"] is True


def test_others_do_not_find_it(down: Stage, paula: Person, own: str) -> None:
    assert review(paula, own, category="low").status_code == 404
    assert reviews(paula, own).status_code == 404
    assert review(down.charlie, own, category="low").status_code == 404


def test_a_learner_answers_by_marks_and_not_by_a_review(down: Stage, paula: Person, own: str) -> None:
    assigned(down.alice, own, PAULA, purpose="learning")
    assert body(review(paula, own, category="low"))["type"] == "/problems/assigned-to-learn"
    assert paula.get(f"{ANALYSES}/{own}/mask.png").status_code == 403


def test_of_reviews_at_the_same_moment_one_is_kept(down: Stage, paula: Person, own: str) -> None:
    assigned(down.alice, own, PAULA)

    def give(number: int) -> int:
        person = Person(down.app.test_client(), paula.key)
        return review(person, own, immunopositive=number, immunonegative=100).status_code

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(give, range(6))) == [201] + [409] * 5
    assert len(body(reviews(down.alice, own))["items"]) == 1


def test_a_review_is_given_once_and_again_when_asked_again(down: Stage, paula: Person, own: str) -> None:
    for category in ("low", "borderline"):
        assigned(down.alice, own, PAULA)
        assert review(paula, own, category=category).status_code == 201
        assert body(review(paula, own, category="high"))["type"] == "/problems/already-reviewed"
    assert [item["category"] for item in body(reviews(paula, own))["items"]] == ["borderline", "low"]


CATEGORIES = [
    ({"immunopositive": 9, "immunonegative": 91}, "low", 9.0),
    ({"immunopositive": 10, "immunonegative": 90}, "borderline", 10.0),
    ({"immunopositive": 1, "immunonegative": 2}, "high", 33.33),
    ({"immunopositive": 0, "immunonegative": 0}, None, None),
    ({"immunopositive": 9, "immunonegative": 91, "category": "borderline"}, "borderline", 9.0),
]


@pytest.mark.parametrize(("given", "category", "index"), CATEGORIES)
def test_index_and_category_follow_from_counts_unless_one_is_given(
    down: Stage, own: str, given: dict[str, Any], category: str | None, index: float | None
) -> None:
    answer = body(review(down.ann, own, **given))
    assert (answer["category"], answer["index_percent"]) == (category, index)


def test_the_category_is_by_the_records_boundaries_or_its_organisations(down: Stage, field: bytes) -> None:
    with down.app.app_context():
        clinic = update(Organisation).where(Organisation.name == "Clinic")
        db.session.execute(clinic.values(category_boundaries_percent=[40.0, 60.0]))
        db.session.commit()
    counts = {"immunopositive": 30, "immunonegative": 70}
    unscored, scored = (upload(down.alice, field) for _ in range(2))
    record(down, scored, Finding())
    assert body(review(down.ann, unscored, **counts))["category"] == "low"
    assert body(review(down.ann, scored, **counts))["category"] == "high"
    asked = down.alice.upload([("a.png", field)], wait="0", category_boundaries_percent="25,50")
    own = body(asked)["items"][0]["analysis"]["id"]
    assert body(review(down.ann, own, **counts))["category"] == "borderline"


WRONG: list[dict[str, Any]] = [
    {},
    {"comment": "nothing else"},
    {"immunopositive": 1},
    {"immunopositive": -1, "immunonegative": 2},
    {"immunopositive": 1, "immunonegative": 10**9},
    {"category": "medium"},
    {"agreement": "maybe"},
    {"category": "low", "comment": "a" * 5001},
    {"category": "low", "comment": "\0"},
    {"category": "low", "index_percent": 12},
]


@pytest.mark.parametrize("given", WRONG)
def test_what_says_nothing_usable_is_refused(down: Stage, own: str, given: dict[str, Any]) -> None:
    answer = review(down.ann, own, **given)
    assert answer.status_code == 422
    assert body(answer)["errors"]
    with down.app.app_context():
        assert db.session.scalars(select(Review)).all() == []
