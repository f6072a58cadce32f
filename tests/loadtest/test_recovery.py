"""How long the service is slower after a spike."""

import math
from dataclasses import replace

import pytest

from loadtest.analysis.recovery import NoRecoveryError, earlier_p95_s, recovery_s
from tests.loadtest.made_up import SPIKE, moments, phase, request, run, spike, stream


def test_a_service_that_is_quick_at_once_needs_no_time() -> None:
    assert recovery_s(spike(slow_for_s=0), 1.2) == 0


def test_the_time_ends_with_the_last_slow_results() -> None:
    """Two results a second are slow for 20 s: of the 60 in half a minute from 19 s on, two."""
    assert earlier_p95_s(spike(20)) == 0.5
    assert recovery_s(spike(slow_for_s=20), 1.2) == 19


def test_a_little_slower_is_recovered() -> None:
    assert recovery_s(spike(slow_for_s=90, slow_s=0.6), 1.2) == 0
    assert recovery_s(spike(slow_for_s=90, slow_s=0.61), 1.2) == math.inf


def test_quick_results_among_refusals_are_no_recovery() -> None:
    after = SPIKE[2]
    refused = [request(moment_s, "shed") for moment_s in moments(after, 1)]
    whole = spike(slow_for_s=0)
    assert recovery_s(replace(whole, requests=(*whole.requests, *refused)), 1.2) == math.inf


def test_a_handful_of_results_proves_nothing() -> None:
    before, during, after = SPIKE
    few = phase("few", after.start_s, after.start_s + 4)
    whole = run("spike", SPIKE, [*stream(before, 2, 0.5), *stream(during, 10, 3.0), *stream(few, 2, 0.5)])
    assert recovery_s(whole, 1.2) == math.inf


@pytest.mark.parametrize(
    "phases", [SPIKE[:2], SPIKE[1:], SPIKE[::2]], ids=["no after", "no before", "no spike"]
)
def test_a_spike_needs_a_before_and_an_after(phases: tuple) -> None:  # type: ignore[type-arg]
    with pytest.raises(NoRecoveryError, match="no spike with a phase before"):
        recovery_s(run("spike", phases, spike(0).requests), 1.2)


def test_nothing_before_is_nothing_to_go_back_to() -> None:
    whole = run("spike", SPIKE, stream(SPIKE[2], 2, 0.5))
    with pytest.raises(NoRecoveryError, match="nothing was scored before"):
        recovery_s(whole, 1.2)
