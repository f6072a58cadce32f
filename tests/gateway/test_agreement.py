"""Agreement of the model and reviewers, on one record and over those that somebody may see."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.database import db, now
from gateway.models import Analysis, Tag
from gateway.opinions import agreement
from tests.gateway.opinions_stage import (
    AGREEMENT,
    Finding,
    assigned,
    join,
    record,
    review,
    upload,
    user_id,
)
from tests.gateway.stage import ANALYSES, Person, Stage, body

PAULA = "paula@example.org"
MODELS = [(5.0, "low"), (15.0, "borderline"), (30.0, "high"), (40.0, "high")]
PAULAS = [7, 14, 34, 18]


@pytest.fixture
def paula(down: Stage) -> Person:
    """A pathologist of the clinic."""
    return join(down, "paula", "Clinic", "pathologist")


@pytest.fixture
def judged(down: Stage, field: bytes, paula: Person) -> list[str]:
    """Four records of Alice's, scored, judged blind by Paula."""
    return [
        one_judged(down, field, paula, index, category, own)
        for (index, category), own in zip(MODELS, PAULAS, strict=True)
    ]


def one_judged(stage: Stage, field: bytes, paula: Person, index: float, category: str, own: int) -> str:
    analysis_id = upload(stage.alice, field)
    record(stage, analysis_id, Finding(index_percent=index, category=category))
    assigned(stage.alice, analysis_id, PAULA)
    assert review(paula, analysis_id, immunopositive=own, immunonegative=100 - own).status_code == 201
    return analysis_id


def compared(person: Person, query: str = "") -> Any:
    answer = person.get(f"{AGREEMENT}{query}")
    assert answer.status_code == 200, answer.text
    return body(answer)


def test_a_pair_over_several_records(down: Stage, judged: list[str]) -> None:
    """Differences 2, -1, 4, -22; categories low, borderline, high, borderline against high."""
    found = compared(down.alice)
    assert (found["records"], found["truncated"]) == (4, False)
    assert [rater["name"] for rater in found["raters"]] == ["model", "paula"]
    assert found["pairs"] == [
        {
            "first": "model",
            "second": user_id(down, "paula"),
            "index": {
                "n": 4,
                "mean_difference_percent": -4.25,
                "sd_percent": 12.01,
                "limits_percent": [-27.79, 19.29],
            },
            "category": {"n": 4, "agreement_percent": 75.0, "kappa": 0.6364, "kappa_linear": 0.7143},
        }
    ]


def test_everybodys_latest_review_counts(down: Stage, judged: list[str], paula: Person) -> None:
    assigned(down.alice, judged[3], PAULA)
    review(paula, judged[3], immunopositive=40, immunonegative=60)
    (pair,) = compared(down.alice)["pairs"]
    assert pair["index"]["n"] == 4
    assert pair["category"]["agreement_percent"] == 100.0
    assert pair["category"]["kappa"] == 1.0


def test_reviewers_are_compared_with_one_another(down: Stage, judged: list[str]) -> None:
    review(down.ann, judged[0], category="low")
    pairs = compared(down.alice)["pairs"]
    names = {user_id(down, name): name for name in ("ann", "paula")} | {"model": "model"}
    assert [(names[pair["first"]], names[pair["second"]]) for pair in pairs] == [
        ("model", "ann"),
        ("model", "paula"),
        ("ann", "paula"),
    ]
    assert pairs[2]["index"]["n"] == 0
    assert pairs[2]["category"] == {"n": 1, "agreement_percent": 100.0, "kappa": None, "kappa_linear": None}
    by_ann = compared(down.alice, f"?reviewer={user_id(down, 'ann')}")
    assert by_ann["records"] == 1
    assert [pair["second"] for pair in by_ann["pairs"]] == [user_id(down, "ann"), user_id(down, "paula")]


def test_records_are_chosen_by_label_tag_day_and_blindness(down: Stage, judged: list[str]) -> None:
    review(down.ann, judged[0], category="low")
    with down.app.app_context():
        db.session.get_one(Analysis, judged[0]).case_label = "case 7"
        db.session.add(Tag(analysis_id=judged[1], name="hot"))
        db.session.commit()
    today = now().date()
    for query, records in {
        "?case_label=case%207": 1,
        "?tag=hot": 1,
        "?tag=cold": 0,
        f"?created_from={today}&created_to={today}": 4,
        f"?created_to={today - timedelta(days=1)}": 0,
        f"?created_from={today + timedelta(days=1)}": 0,
        "?created_to=9999-12-31&created_from=0001-01-01": 4,
        "?blind=true": 4,
        "?blind=false": 1,
    }.items():
        assert compared(down.alice, query)["records"] == records, query
    assert len(compared(down.alice, "?blind=true")["raters"]) == 2


def test_only_records_one_may_see_count(down: Stage, judged: list[str], paula: Person) -> None:
    assert compared(down.ann)["records"] == 4
    assert compared(paula)["records"] == 4
    assert compared(down.bob) == {"records": 0, "truncated": False, "raters": [], "pairs": []}
    assert compared(down.charlie)["records"] == 0


def test_records_still_to_be_judged_blind_do_not_count(down: Stage, judged: list[str], paula: Person) -> None:
    assigned(down.alice, judged[0], PAULA)
    assert compared(paula)["records"] == 3
    refused = paula.get(f"{ANALYSES}/{judged[0]}/agreement")
    assert body(refused)["type"] == "/problems/blind-review"
    assert compared(down.alice)["records"] == 4


def test_one_record_pair_by_pair(down: Stage, judged: list[str]) -> None:
    review(down.ann, judged[3], category="high")
    found = body(down.alice.get(f"{ANALYSES}/{judged[3]}/agreement"))
    ann, paula = user_id(down, "ann"), user_id(down, "paula")
    assert [rater["id"] for rater in found["raters"]] == ["model", ann, paula]
    told = [
        (pair["first"], pair["second"], pair["index_difference_percent"], pair["category_agrees"])
        for pair in found["pairs"]
    ]
    assert told == [("model", ann, None, True), ("model", paula, -22.0, False), (ann, paula, None, False)]


def test_a_record_without_reviews_has_no_pairs(down: Stage, field: bytes) -> None:
    own = upload(down.alice, field)
    assert body(down.alice.get(f"{ANALYSES}/{own}/agreement"))["raters"] == []
    record(down, own, Finding())
    found = body(down.alice.get(f"{ANALYSES}/{own}/agreement"))
    assert ([rater["id"] for rater in found["raters"]], found["pairs"]) == (["model"], [])
    assert compared(down.alice)["records"] == 0


def test_more_records_than_the_limit_are_said(
    down: Stage, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "RECORDS_LIMIT", 3)
    found = compared(down.alice)
    assert (found["records"], found["truncated"]) == (3, True)
