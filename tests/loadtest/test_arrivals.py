"""Shapes: who comes when depends on nothing that the service does."""

import itertools
from collections import Counter

import pytest

from loadtest.arrivals import arrivals, shared_out
from loadtest.profiles import EVERYBODY, PROFILES, Phase, phases, stretched

TWO = (Phase("slow", 0, 10, 2), Phase("fast", 10, 15, 20))


def test_arrivals_are_evenly_spaced_within_a_phase() -> None:
    due_s = [each.due_s for each in arrivals(TWO, EVERYBODY, 1)]
    assert len(due_s) == 20 + 100
    assert [round(later - due, 9) for due, later in itertools.pairwise(due_s[:20])] == [0.5] * 19
    assert all(10 < due < 15 for due in due_s[20:])
    assert due_s == sorted(due_s)


def test_the_same_seed_brings_the_same_people() -> None:
    assert list(arrivals(TWO, EVERYBODY, 7)) == list(arrivals(TWO, EVERYBODY, 7))
    assert list(arrivals(TWO, EVERYBODY, 7)) != list(arrivals(TWO, EVERYBODY, 8))


def test_each_deck_has_everybody_in_their_share() -> None:
    people = [each.person for each in arrivals(TWO, EVERYBODY, 1)]
    deck = sum(EVERYBODY.values())
    assert deck == 20
    for start in range(0, len(people), deck):
        assert Counter(people[start : start + deck]) == EVERYBODY


def test_workers_share_the_arrivals_and_take_each_once() -> None:
    parts = [list(shared_out(arrivals(TWO, EVERYBODY, 1), part, 3)) for part in range(3)]
    assert sorted((each for part in parts for each in part), key=lambda each: each.number) == list(
        arrivals(TWO, EVERYBODY, 1)
    )


@pytest.mark.parametrize("name", PROFILES)
def test_phases_follow_each_other(name: str) -> None:
    found = phases(PROFILES[name], 10.0)
    assert found[0].start_s == 0
    assert all(one.end_s == two.start_s for one, two in itertools.pairwise(found))


def test_a_spike_is_ten_times_as_many_for_half_a_minute() -> None:
    before, spike, after = phases(PROFILES["spike"], 10.0)
    assert spike.rate_per_s == pytest.approx(10 * before.rate_per_s)
    assert spike.end_s - spike.start_s == 30
    assert after.rate_per_s == before.rate_per_s


def test_steps_rise_from_well_below_the_capacity_to_twice_and_more() -> None:
    rates = [phase.rate_per_s for phase in phases(PROFILES["step"], 1.0)]
    assert rates == sorted(rates)
    assert rates[0] < 0.5
    assert rates[-1] >= 2.2


def test_in_a_smoke_run_everybody_comes_however_little_is_carried() -> None:
    people = {each.person for each in arrivals(phases(PROFILES["smoke"], 0.01), EVERYBODY, 1)}
    assert people == set(EVERYBODY)


def test_a_profile_can_be_made_shorter() -> None:
    short = stretched(PROFILES["step"], 5)
    assert {part.seconds for part in short.parts} == {5}
    assert [part.seconds for part in stretched(PROFILES["steady"], 8).parts] == [20, 8]
