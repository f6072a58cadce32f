"""A run and a price in, everything that the report tells of out: figures, knee, stages, what was missed."""

from dataclasses import dataclass
from functools import cached_property

from loadtest.analysis.knee import Knee, NoKneeError, find_knee, goodput_at, peak
from loadtest.analysis.phases import PhaseFigures, phase_figures
from loadtest.analysis.stages import Stages, stages
from loadtest.judging import missed
from loadtest.objectives import Objectives
from loadtest.reading import RunFolder


@dataclass(frozen=True)
class Price:
    """What an hour of the machine costs."""

    per_hour: float
    currency: str


@dataclass(frozen=True)
class Findings:
    """What a run shows; computed when first asked for."""

    run: RunFolder
    asked: Objectives
    price: Price | None = None

    @cached_property
    def missed(self) -> list[str]:
        """Sentences of missed objectives."""
        return missed(self.run, self.asked)

    @cached_property
    def phases(self) -> list[PhaseFigures]:
        """Figures of every phase but the warm-up."""
        return phase_figures(self.run)

    @cached_property
    def knee(self) -> Knee | str | None:
        """The knee, or the sentence why there is none; None where the profile is not made to find it."""
        if self.asked.knee is None:
            return None
        try:
            return find_knee(self.phases, self.asked.knee.rule)
        except NoKneeError as error:
            return str(error)

    @property
    def peak(self) -> float:
        """The highest goodput of a phase."""
        return peak(self.phases)

    def goodput_beyond(self, knee: Knee) -> float | str:
        """Return the goodput at twice the knee's rate, or the sentence why it is not known."""
        try:
            return goodput_at(self.phases, 2 * knee.rate)
        except NoKneeError as error:
            return str(error)

    @cached_property
    def stages(self) -> list[Stages]:
        """Stages of the phases whose metrics were scraped."""
        found = (stages(self.run, each.phase) for each in self.phases)
        return [each for each in found if each is not None]

    @property
    def fullest(self) -> PhaseFigures:
        """The phase in which saturation shows: the first beyond the knee, else the one of most goodput."""
        if isinstance(self.knee, Knee):
            return self.knee.beyond
        return max(self.phases, key=lambda each: each.goodput)
