"""Filters of GET /api/v1/analyses: alone, together, with cursors, and none that tells a blind reviewer."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.database import db
from gateway.models import Analysis
from tests.gateway.records import assign, give_result, label, upload
from tests.gateway.stage import ANALYSES, Stage, body

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def shelf(down: Stage, field: bytes) -> Stage:
    """Alice's four records, a day between them, and one of Bob's."""
    names = ["Ärger_1.png", "100%.png", "plain.png", "last.png"]
    made = [upload(down, field, name) for name in names]
    with down.app.app_context():
        for day, analysis_id in enumerate(made):
            moment = BEGIN + timedelta(days=day)
            values = {"created_at": moment, "model_version": "1.0" if day == 0 else "1.1"}
            db.session.execute(update(Analysis).where(Analysis.id == analysis_id).values(**values))
        db.session.commit()
    give_result(down, made[0])
    give_result(down, made[1], category="low", index_percent=5.0)
    label(down, made[0], case_label="S26-1", tags=["breast", "urgent"])
    label(down, made[1], case_label="S26-2", tags=["breast"])
    upload(down, field, "bobs.png", "bob")
    return down


def names(stage: Stage, who: str = "alice", **query: str) -> list[str]:
    answer = stage.people[who].get(ANALYSES, query_string=query)
    assert answer.status_code == 200, answer.text
    return [item["filename"] for item in body(answer)["items"]]


ALL = ["last.png", "plain.png", "100%.png", "Ärger_1.png"]


ASKED: list[tuple[dict[str, str], list[int]]] = [
    ({}, [0, 1, 2, 3]),
    ({"status": "succeeded"}, [2, 3]),
    ({"category": "high"}, [3]),
    ({"category": "low,high"}, [2, 3]),
    ({"model_version": "1.0"}, [3]),
    ({"author": "me"}, [0, 1, 2, 3]),
    ({"author": "0" * 32}, []),
    ({"tag": "breast"}, [2, 3]),
    ({"tag": "breast, urgent"}, [3]),
    ({"tag": "nobody's"}, []),
    ({"case_label": "S26-2"}, [2]),
    ({"case_label": "s26-2"}, []),
    ({"text": "äRGER"}, [3]),
    ({"text": "s26"}, [2, 3]),
    ({"text": "%"}, [2]),
    ({"text": "_1"}, [3]),
    ({"text": "PNG"}, [0, 1, 2, 3]),
    ({"created_from": "2026-01-03T00:00:00Z"}, [0, 1]),
    ({"created_to": "2026-01-03T01:00:00+01:00"}, [2, 3]),
    ({"created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-03T00:00:00Z"}, [2]),
    ({"assigned": "true"}, []),
    ({"assigned": "false"}, [0, 1, 2, 3]),
    ({"tag": "breast", "category": "high", "text": "png", "model_version": "1.0"}, [3]),
    ({"tag": "breast", "category": "low", "model_version": "1.0"}, []),
]


@pytest.mark.parametrize(("query", "places"), ASKED)
def test_a_record_must_match_every_filter(shelf: Stage, query: dict[str, str], places: list[int]) -> None:
    assert names(shelf, **query) == [ALL[place] for place in places]


@pytest.mark.parametrize("rare", [0, 1])
def test_it_makes_no_difference_how_many_match(
    shelf: Stage, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr("gateway.filters._RARE", rare)
    for query, places in ASKED:
        assert names(shelf, **query) == [ALL[place] for place in places], query


@pytest.fixture(params=[0, 1000], ids=["common", "rare"])
def either(shelf: Stage, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stage:
    """The shelf where what a filter leaves counts as much, or as little."""
    monkeypatch.setattr("gateway.filters._RARE", request.param)
    return shelf


@pytest.mark.parametrize("query", [{"case_label": "S26-1"}, {"tag": "urgent"}, {"model_version": "1.0"}])
def test_a_filter_shows_nobody_more_than_they_may_see(either: Stage, query: dict[str, str]) -> None:
    assert [names(either, who, **query) for who in ("bob", "charlie")] == [[], []]
    analysis_id = body(either.alice.get(f"{ANALYSES}?text=Ärger"))["items"][0]["id"]
    assign(either, analysis_id, "charlie", blind=False)
    assert names(either, "charlie", **query) == names(either, "charlie", assigned="true", **query) == [ALL[3]]
    assert names(either, "charlie", assigned="false", **query) == names(either, "bob", **query) == []


def test_filters_go_with_a_cursor(either: Stage) -> None:
    first = body(either.alice.get(f"{ANALYSES}?tag=breast&limit=1"))
    assert [item["filename"] for item in first["items"]] == ["100%.png"]
    assert names(either, tag="breast", limit="1", cursor=first["next_cursor"]) == ["Ärger_1.png"]


def test_an_administrator_filters_by_author(either: Stage) -> None:
    bob = body(either.bob.get(ANALYSES))["items"][0]
    with either.app.app_context():
        owner = db.session.get_one(Analysis, bob["id"]).owner_id
    assert names(either, "ann", author=owner) == ["bobs.png"]
    assert names(either, "ann", author="me") == []
    assert sorted(names(either, "ann")) == sorted([*ALL, "bobs.png"])


def test_what_is_assigned_is_listed_once_with_ones_own(shelf: Stage, field: bytes) -> None:
    own = upload(shelf, field, "own.png", "ann")
    assign(shelf, own, "ann", blind=False)
    assert names(shelf, "ann").count("own.png") == 1
    assert names(shelf, "ann", assigned="true") == ["own.png"]
    assert "own.png" not in names(shelf, "ann", assigned="false")


@pytest.mark.parametrize("who", ["bob", "charlie", "ann"])
@pytest.mark.parametrize(
    "query", [{"category": "high"}, {"tag": "urgent"}, {"category": "low,borderline,high"}]
)
def test_a_filter_tells_a_blind_reviewer_nothing(either: Stage, who: str, query: dict[str, str]) -> None:
    analysis_id = body(either.alice.get(f"{ANALYSES}?text=Ärger"))["items"][0]["id"]
    assign(either, analysis_id, who)
    assert "Ärger_1.png" not in names(either, who, **query)
    shown = {item["id"]: item for item in body(either.people[who].get(ANALYSES))["items"]}[analysis_id]
    assert (shown["blinded"], shown["tags"], shown["counts"], shown["correction"]) == (True, [], None, None)


@pytest.mark.parametrize(
    "query",
    [
        "created_from=yesterday",
        "created_from=2026-01-01",
        "created_to=9999-12-31T23:59:59-23:59",
        "created_to=5",
        "text=%00",
        "tag=" + ",".join(map(str, range(30))),
        "model_version=%20",
        "assigned=perhaps",
        "author=" + "a" * 33,
    ],
)
def test_a_filter_that_cannot_be_used_is_named(down: Stage, query: str) -> None:
    answer = down.alice.get(f"{ANALYSES}?{query}")
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"
