"""Interleaves measurements: probes in, every probe once a round out, so that a slow minute is everybody's.

A probe that fails is told of and left out from then on; the others go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.errors import CannotMeasureError
from benchmark.figures import Figures

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Probe:
    """One thing to measure: `measure` adds to the figures."""

    name: str
    measure: Callable[[Figures], None]


def run_rounds(probes: Sequence[Probe], rounds: int, figures: Figures, progress: Progress) -> None:
    """Measure every probe in every round."""
    for number in range(rounds):
        for probe in probes:
            progress(f"round {number + 1} of {rounds}: {probe.name}" if rounds > 1 else probe.name)
            if probe.name not in figures.failures:
                attempt(probe, figures)


def attempt(probe: Probe, figures: Figures) -> None:
    """Measure; what goes wrong is kept as a sentence."""
    try:
        probe.measure(figures)
    except CannotMeasureError as error:
        figures.failures[probe.name] = str(error)
    except Exception as error:  # of a library or a server: the rest of a long run is not lost
        figures.failures[probe.name] = f"{type(error).__name__}: {error}"
