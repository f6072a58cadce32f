"""Agreement between raters: opinions on records in, differences of the index and kappas out. Pure.

A rater is the model or a person; an opinion may lack an index, a category or both.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean, stdev

CATEGORIES = ("low", "borderline", "high")
"""In their order: linear weights count the steps between them."""
_Z_95 = 1.96


@dataclass(frozen=True)
class Opinion:
    """What one rater says of one record."""

    index_percent: float | None
    category: str | None


@dataclass(frozen=True)
class IndexAgreement:
    """Differences in points; mean without pairs and deviation below two pairs are None."""

    n: int
    mean: float | None
    sd: float | None

    @property
    def limits(self) -> tuple[float, float] | None:
        """The 95 % limits of agreement (Bland and Altman 1986)."""
        if self.mean is None or self.sd is None:
            return None
        return self.mean - _Z_95 * self.sd, self.mean + _Z_95 * self.sd


@dataclass(frozen=True)
class CategoryAgreement:
    """Share of equal categories, and Cohen's kappa without and with linear weights."""

    n: int
    agreement_percent: float | None
    kappa: float | None
    kappa_linear: float | None


def index_difference(first: Opinion, second: Opinion) -> float | None:
    """Return the second's index less the first's."""
    if first.index_percent is None or second.index_percent is None:
        return None
    return second.index_percent - first.index_percent


def category_agrees(first: Opinion, second: Opinion) -> bool | None:
    """Tell whether both say the same category."""
    if first.category is None or second.category is None:
        return None
    return first.category == second.category


def index_agreement(pairs: Iterable[tuple[Opinion, Opinion]]) -> IndexAgreement:
    """Return mean and sample standard deviation of the differences."""
    found = [difference for pair in pairs if (difference := index_difference(*pair)) is not None]
    mean = fmean(found) if found else None
    return IndexAgreement(len(found), mean, stdev(found) if len(found) > 1 else None)


def category_agreement(pairs: Iterable[tuple[Opinion, Opinion]]) -> CategoryAgreement:
    """Return the share of equal categories and the kappas of pairs in which both have a category."""
    found = [(a.category, b.category) for a, b in pairs if a.category is not None and b.category is not None]
    equal = sum(first == second for first, second in found)
    share = 100.0 * equal / len(found) if found else None
    return CategoryAgreement(len(found), share, cohens_kappa(found), cohens_kappa(found, linear=True))


def cohens_kappa(pairs: Sequence[tuple[str, str]], *, linear: bool = False) -> float | None:
    """Return Cohen's kappa (1960), or with linear weights (1968), of pairs of CATEGORIES.

    None without pairs and where chance alone would give full agreement. Sums are of whole numbers, so that
    no rounding decides about that.
    """
    seen, firsts, seconds = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    cells = list(product(range(len(CATEGORIES)), repeat=2))
    distance = {cell: abs(cell[0] - cell[1]) if linear else int(cell[0] != cell[1]) for cell in cells}
    named = {cell: (CATEGORIES[cell[0]], CATEGORIES[cell[1]]) for cell in cells}
    observed = sum(distance[cell] * seen[named[cell]] for cell in cells)
    expected = sum(distance[cell] * firsts[named[cell][0]] * seconds[named[cell][1]] for cell in cells)
    return 1.0 - len(pairs) * observed / expected if expected else None


def paired(
    records: Iterable[Mapping[str, Opinion]], raters: Sequence[str]
) -> dict[tuple[str, str], list[tuple[Opinion, Opinion]]]:
    """Return both opinions on every record that two of these raters judged; pairs in the raters' order."""
    place = {rater: position for position, rater in enumerate(raters)}
    found = defaultdict(list)
    for opinions in records:
        present = sorted(opinions.keys() & place.keys(), key=place.__getitem__)
        for pair in combinations(present, 2):
            found[pair].append((opinions[pair[0]], opinions[pair[1]]))
    return dict(sorted(found.items(), key=lambda item: [place[rater] for rater in item[0]]))


def rounded(value: float | None, decimals: int) -> float | None:
    """Return the value as it is shown; what is no number stays None."""
    return None if value is None or not math.isfinite(value) else round(value, decimals)
