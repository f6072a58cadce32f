"""Metrics pages of one service in, what was added between two moments out.

Counters only ever grow, except where a service began anew: then what it has counted since is what is known.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from prometheus_client.parser import text_string_to_metric_families

from loadtest.reading import Scrape

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Added:
    """What a service's counters gained in `seconds`, by name and labels."""

    seconds: float
    values: Mapping[str, Mapping[Labels, float]]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum over all series of this name that have these labels."""
        wanted = set(labels.items())
        return sum(value for found, value in self.values.get(name, {}).items() if wanted <= found)

    def mean(self, histogram: str, **labels: str) -> float | None:
        """Return the mean of what a histogram (or a `_sum` and `_count`) observed; None where nothing was."""
        count = self.total(f"{histogram}_count", **labels)
        return self.total(f"{histogram}_sum", **labels) / count if count else None


class Pages:
    """The pages of one service in order of time; each is parsed once, when it is first needed."""

    def __init__(self, scrapes: Sequence[Scrape], service: str) -> None:
        self._pages = [_Page(each) for each in scrapes if each.service == service]

    def added(self, start_s: float, end_s: float) -> Added | None:
        """Return what was added between first and last look in this time; None with fewer than two."""
        inside = [page for page in self._pages if start_s <= page.t_s <= end_s]
        if len(inside) < 2:
            return None
        first, last = inside[0], inside[-1]
        return Added(last.t_s - first.t_s, _differences(first.values, last.values))


class _Page:
    def __init__(self, scrape: Scrape) -> None:
        self.t_s, self._text = scrape.t_s, scrape.text

    @cached_property
    def values(self) -> dict[str, dict[Labels, float]]:
        found: defaultdict[str, dict[Labels, float]] = defaultdict(dict)
        for family in text_string_to_metric_families(self._text):
            for sample in family.samples:
                found[sample.name][frozenset(sample.labels.items())] = sample.value
        return dict(found)


def _differences(
    first: Mapping[str, Mapping[Labels, float]], last: Mapping[str, Mapping[Labels, float]]
) -> dict[str, dict[Labels, float]]:
    return {
        name: {
            labels: _grown(first.get(name, {}).get(labels, 0.0), value) for labels, value in series.items()
        }
        for name, series in last.items()
    }


def _grown(before: float, after: float) -> float:
    return after - before if after >= before else after
