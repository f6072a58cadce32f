"""When a canary has to go."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.database import now
from gateway.routing.judging import (
    Difference,
    Disagreement,
    Finding,
    Limits,
    difference,
    judge_disagreement,
    judge_outcomes,
)
from gateway.routing.routes import Routes, Share, Version
from gateway.routing.watching import CanaryWatch

LIMITS = Limits(error_ratio=0.2, window=50, points=5, least=30)
NOTHING, LOW, HIGH = Finding(None, None), Finding(4.0, "low"), Finding(44.0, "high")
ROUTES = Routes("1.0", (Version("1.0"), Version("1.1")), canary=Share("1.1", 10), canary_since=now())


@pytest.mark.parametrize(
    ("candidate", "current", "found"),
    [
        (HIGH, LOW, Difference(40.0, category_changed=True)),
        (LOW, HIGH, Difference(-40.0, category_changed=True)),
        (LOW, LOW, Difference(0.0, category_changed=False)),
        (NOTHING, NOTHING, Difference(0.0, category_changed=False)),
        (LOW, NOTHING, Difference(None, category_changed=True)),
    ],
)
def test_a_difference_is_the_candidates_less_the_currents(
    candidate: Finding, current: Finding, found: Difference
) -> None:
    assert difference(candidate, current) == found


def judged(outcomes: list[bool]) -> bool:
    return judge_outcomes(deque(outcomes, LIMITS.window), LIMITS) is not None


def test_a_batch_that_died_ends_nobody_and_a_canary_that_always_fails_soon_ends() -> None:
    assert not judged([True] * 10)
    assert judged([True] * 11)


@given(st.lists(st.booleans(), max_size=200))
def test_only_the_last_outcomes_count(outcomes: list[bool]) -> None:
    assert judged(outcomes) == (sum(outcomes[-50:]) > 10)


def test_disagreement_counts_once_enough_was_compared() -> None:
    found = Disagreement(compared=30, errors=0, category_changes=0, mean_points=5.1, largest_points=9.0)
    verdict = judge_disagreement(found, LIMITS)
    assert verdict is not None
    assert (verdict.reason, "5.1 points" in verdict.detail) == ("disagreement", True)
    for harmless in ({"compared": 29}, {"mean_points": 5.0}, {"mean_points": None}):
        assert judge_disagreement(replace(found, **harmless), LIMITS) is None


def test_a_new_canary_begins_with_a_clean_sheet() -> None:
    watch = CanaryWatch(LIMITS)
    assert [watch.note(ROUTES, failed=True) for _ in range(10)] == [None] * 10
    again = replace(ROUTES, canary_since=now())
    assert watch.note(again, failed=True) is None
    assert not any(watch.note(again, failed=True) for _ in range(9))
    assert watch.note(again, failed=True) is not None
