"""Figures of phases, and the knee between them."""

from dataclasses import replace

import pytest

from loadtest.analysis.knee import KneeRule, NoKneeError, find_knee, goodput_at, peak
from loadtest.analysis.phases import phase_figures
from tests.loadtest.made_up import STEP, phase, request, run, step, stream, upload

RULE = KneeRule(answered_ratio=0.95, p95_s=3.0)
STEPS = phase_figures(step())


def test_what_is_offered_and_what_comes_out_right_is_counted_by_phase() -> None:
    assert [each.offered for each in STEPS] == [4, 8, 12, 20]
    assert [each.goodput for each in STEPS] == [4, 8, 10, 10]
    assert [each.requests for each in STEPS] == [80, 160, 240, 400]
    assert STEPS[3].shed_ratio == 0.5
    assert STEPS[3].latency is not None
    assert STEPS[3].latency.p95 == 1.5


def test_results_that_come_after_the_phase_are_its_goodput_all_the_same() -> None:
    """Answers take 4 s of a phase of 10 s, with nothing before or after it."""
    only = phase("load", 0, 10)
    (found,) = phase_figures(run("step", [only], stream(only, 5, 4.0)))
    assert (found.offered, found.goodput) == (5, 5)


def test_a_queue_that_grows_is_seen_although_everything_is_answered_in_the_end() -> None:
    """Ten arrive a second and five are done a second: latency grows from 0.1 s to 10 s."""
    only = phase("load", 0, 10)
    requests = [each for k in range(100) for each in upload(k / 10, (k + 1) / 5 - k / 10)]
    (found,) = phase_figures(run("step", [only], requests))
    assert found.offered == 10
    assert found.goodput == pytest.approx(5, abs=0.2)


def test_broken_images_and_given_up_ones_are_not_offered() -> None:
    only = phase("load", 0, 10)
    others = [request(1, "documented"), request(2, "abandoned"), request(3, endpoint="GET /metrics")]
    (found,) = phase_figures(run("step", [only], [*stream(only, 5, 0.2), *others]))
    assert (found.offered, found.goodput, found.error_ratio) == (5, 5, 0)


def test_images_that_were_queued_count_where_their_result_was_fetched() -> None:
    """A POST answered 202 brings nothing; the look that finds the result does."""
    only = phase("load", 0, 10)
    queued = [
        request(1.0, latency_s=1.0),
        request(6.0, endpoint="GET /api/v1/analyses/{analysis_id}", images=1),
    ]
    done = request(1.0, latency_s=5.2, endpoint="result")
    (found,) = phase_figures(run("step", [only], [*queued, done]))
    assert found.goodput == pytest.approx(0.1)
    assert found.latency is not None
    assert found.latency.p50 == 5.2


def test_uploads_of_many_images_say_nothing_of_the_time_of_one() -> None:
    only = phase("load", 0, 10)
    requests = [*stream(only, 5, 0.2), *upload(3, 9.0, user="batch")]
    (found,) = phase_figures(run("step", [only], requests))
    assert found.latency is not None
    assert found.latency.p99 == 0.2


def test_the_knee_lies_where_the_line_crosses_the_limit() -> None:
    """8 of 8 come out right, then 10 of 12 (0.833): 0.95 lies 0.3 of the way."""
    knee = find_knee(STEPS, RULE)
    assert knee.rate == pytest.approx(8 + 0.3 * 4)
    assert knee.goodput == pytest.approx(8 + 0.3 * 2)
    assert knee.beyond.phase.name == "12"


def test_a_limit_of_latency_can_be_crossed_first() -> None:
    """p95 goes from 0.3 to 1.0 s: 0.44 s lies 0.2 of the way."""
    knee = find_knee(STEPS, KneeRule(answered_ratio=0.95, p95_s=0.44))
    assert knee.rate == pytest.approx(8 + 0.2 * 4)


def test_the_order_of_the_phases_does_not_matter() -> None:
    assert find_knee(STEPS[::-1], RULE) == find_knee(STEPS, RULE)


def test_a_rate_beyond_one_that_was_lost_is_not_the_knee() -> None:
    """12 a second are lost although 20 are kept up with, by some chance."""
    lucky = [*STEPS[:3], replace(STEPS[3], goodput=20.0)]
    assert find_knee(lucky, RULE).rate == pytest.approx(9.2)


def test_a_phase_without_a_single_result_is_lost() -> None:
    dead = [*STEPS[:2], replace(STEPS[2], goodput=0.0, latency=None)]
    knee = find_knee(dead, RULE)
    assert 8 <= knee.rate < 12


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        (STEPS[:2], "every rate was kept up with, up to 8.0"),
        (STEPS[2:], "not even 12.0 images a second"),
        ([], "no image was sent"),
    ],
)
def test_a_knee_outside_the_rates_is_none(phases: list, told: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(NoKneeError, match=told):
        find_knee(phases, RULE)


def test_goodput_is_told_between_phases() -> None:
    falling = [*STEPS[:3], replace(STEPS[3], goodput=6.0)]
    assert goodput_at(falling, 16) == pytest.approx(8)
    assert peak(falling) == 10


def test_a_phase_that_saw_a_little_less_than_was_meant_counts() -> None:
    assert goodput_at(STEPS, 20.5) == 10
    with pytest.raises(NoKneeError, match=r"no phase went up to 22\.0"):
        goodput_at(STEPS, 22)


def test_the_warm_up_is_no_phase() -> None:
    warming = (phase("warm-up", 0, 20, 4), *STEP[1:])
    names = [each.phase.name for each in phase_figures(run("step", warming, step().requests))]
    assert names == ["8", "12", "20"]
