"""Memory and processor of the processes."""

import pytest

from loadtest.analysis.resources import cores_busy, growth_percent, memory, processes
from loadtest.reading import Sample
from tests.loadtest.made_up import MIB


def looks(*mib: float, process: str = "gateway") -> list[Sample]:
    """One look every ten seconds, in which three seconds of processor time are taken."""
    return [Sample(10.0 * k, process, round(each * MIB), 3.0 * k) for k, each in enumerate(mib)]


def test_growth_counts_in_the_second_half_only() -> None:
    """It doubles at first, then goes from 200 to 204 MiB."""
    assert growth_percent(
        looks(100, 150, 180, 190, 200, 201, 202, 203, 204), "gateway", 0, 80
    ) == pytest.approx(2.0)


def test_memory_that_is_given_back_has_not_grown() -> None:
    assert growth_percent(looks(100, 100, 100, 100, 100, 99, 98, 97, 96), "gateway", 0, 80) == pytest.approx(
        -4.0
    )


def test_one_look_more_or_less_decides_nothing() -> None:
    """A request is under way at the last look: 130 MiB among 100 are a trend of 14, not of 30 percent."""
    held = looks(*[100] * 20, *[100] * 19, 130)
    grown = growth_percent(held, "gateway", 0, 390)
    assert grown is not None
    assert grown < 10


def test_few_looks_are_no_trend() -> None:
    assert growth_percent(looks(100, 100, 100, 100), "gateway", 0, 30) is None
    assert growth_percent(looks(100, 100, 100, 100), "worker", 0, 30) is None


def test_processes_of_one_name_count_together() -> None:
    both = looks(100, 110, process="worker") + looks(50, 50, process="worker")
    assert memory(both, "worker") == {0.0: 150 * MIB, 10.0: 160 * MIB}
    assert cores_busy(both, "worker", 0, 10) == pytest.approx(0.6)
    assert processes(both + looks(1)) == ["worker", "gateway"]


def test_cores_are_told_for_a_stretch_of_time() -> None:
    samples = [Sample(0, "gateway", 1, 0), Sample(10, "gateway", 1, 1), Sample(20, "gateway", 1, 9)]
    assert cores_busy(samples, "gateway", 0, 10) == pytest.approx(0.1)
    assert cores_busy(samples, "gateway", 10, 20) == pytest.approx(0.8)
    assert cores_busy(samples, "gateway", 0, 5) is None
