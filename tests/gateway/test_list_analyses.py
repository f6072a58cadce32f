"""GET /api/v1/analyses: pages, newest first, and filters."""

import base64
import re

import pytest

from tests.gateway.stage import ANALYSES, Stage, body


@pytest.fixture
def five(down: Stage, field: bytes) -> Stage:
    for index in range(5):
        down.alice.upload([(f"{index}.png", field)], wait="0")
    return down


def test_pages_hold_everything_once_and_newest_first(five: Stage) -> None:
    names, path = [], f"{ANALYSES}?limit=2"
    while path:
        answer = five.alice.get(path)
        names += [item["filename"] for item in body(answer)["items"]]
        following = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        path = following[1] if following else ""
        assert (body(answer)["next_cursor"] is None) == (not path)
    assert names == ["4.png", "3.png", "2.png", "1.png", "0.png"]


def test_filters_choose(five: Stage) -> None:
    assert len(body(five.alice.get(f"{ANALYSES}?status=queued,running"))["items"]) == 5
    assert body(five.alice.get(f"{ANALYSES}?status=succeeded"))["items"] == []
    assert body(five.alice.get(f"{ANALYSES}?category=high"))["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=x", "category=x", "cursor=x"])
def test_a_query_that_cannot_be_used_is_named(down: Stage, query: str) -> None:
    answer = down.alice.get(f"{ANALYSES}?{query}")
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


@pytest.mark.parametrize(
    "position",
    [
        f"0001-01-01T00:00:00+23:59 {'0' * 32}",
        f"9999-12-31T23:59:59-23:59 {'0' * 32}",
        "2026-11-24T00:00:00+00:00 \x00",
        "2026-11-24T00:00:00+00:00",
    ],
)
def test_a_cursor_made_by_somebody_else_is_refused(down: Stage, position: str) -> None:
    cursor = base64.urlsafe_b64encode(position.encode()).decode()
    answer = down.alice.get(ANALYSES, query_string={"cursor": cursor})
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"] == "?cursor"


def test_a_category_filter_finds_scored_analyses(live: Stage, scored: dict[str, str]) -> None:
    found = body(live.alice.get(f"{ANALYSES}?category={scored['category']}&limit=100"))["items"]
    assert scored["id"] in {item["id"] for item in found}
    assert {item["category"] for item in found} == {scored["category"]}
    assert all("nuclei" not in item for item in found)
