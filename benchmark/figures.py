"""Measured values in, by name and round; figures with median and spread out.

Names are paths such as `torchserve.crops.32` (throughput) or `torchserve.crops.1.median` (latency).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmark.arithmetic import by_round, median

IMAGES_PER_S, TILES_PER_S, RATIO, MS, S = "images/s", "tiles/s", "ratio", "ms", "s"
MIB, MB = "MiB", "MB"


@dataclass(frozen=True)
class Figure:
    """One thing measured, once a round or more; `unit` is of all `rounds`."""

    unit: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return median(self.rounds)

    @property
    def low(self) -> float:
        """Least of the rounds."""
        return min(self.rounds)

    @property
    def high(self) -> float:
        """Largest of the rounds."""
        return max(self.rounds)


@dataclass
class Figures:
    """Everything a run has measured, what it could not, and what a reader should know."""

    figures: dict[str, Figure] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, unit: str, *values: float) -> None:
        """Append rounds to a figure."""
        before = self.figures[name].rounds if name in self.figures else ()
        self.figures[name] = Figure(unit, before + values)

    def add_ratio(self, name: str, over: str, under: str, scale: float = 1.0) -> None:
        """Divide two figures round by round, times `scale`."""
        self._derive(name, RATIO, over, under, lambda one, other: scale * one / other)

    def add_difference(self, name: str, of: str, minus: str) -> None:
        """Subtract round by round."""
        unit = self.figures[of].unit if of in self.figures else ""
        self._derive(name, unit, of, minus, lambda one, other: one - other)

    def _derive(
        self, name: str, unit: str, first: str, second: str, combine: Callable[[float, float], float]
    ) -> None:
        """Combine round by round; nothing where one was not measured, a failure where rounds are missing."""
        if first not in self.figures or second not in self.figures:
            return
        try:
            values = by_round(self.figures[first].rounds, self.figures[second].rounds, combine)
        except (ValueError, ZeroDivisionError) as error:
            self.failures[name] = str(error)
        else:
            self.figures[name] = Figure(unit, values)

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def names(self, beginning: str) -> list[str]:
        """Return the names that begin so, in the order in which they were measured."""
        return [name for name in self.figures if name.startswith(beginning)]
