"""When a canary has to go: its last outcomes and its disagreement in, a reason or nothing out. Pure."""

from collections import deque
from dataclasses import dataclass

ERRORS, DISAGREEMENT = "errors", "disagreement"


@dataclass(frozen=True)
class Finding:
    """What a version found in an image: index in percent and category, both None without nuclei."""

    index_percent: float | None
    category: str | None


@dataclass(frozen=True)
class Difference:
    """Candidate less current: the index in points, None where only one found nuclei; and the category."""

    index_points: float | None
    category_changed: bool


@dataclass(frozen=True)
class Disagreement:
    """All that two versions were compared on: images, absolute differences in points, changes, failures."""

    compared: int
    errors: int
    category_changes: int
    mean_points: float | None
    largest_points: float | None


@dataclass(frozen=True)
class Verdict:
    """Why a canary is taken out, in a word for metrics and in a sentence."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Limits:
    """What a canary may do.

    More than `error_ratio` of `window` outcomes failed is too much, and so is a mean absolute difference of
    the index above `points` once `least` images were compared.
    """

    error_ratio: float
    window: int
    points: float
    least: int


def difference(candidate: Finding, current: Finding) -> Difference:
    """Compare what two versions found in one image."""
    changed = candidate.category != current.category
    if candidate.index_percent is None or current.index_percent is None:
        both = candidate.index_percent is None and current.index_percent is None
        return Difference(0.0 if both else None, changed)
    return Difference(candidate.index_percent - current.index_percent, changed)


def judge_outcomes(failed: deque[bool], limits: Limits) -> Verdict | None:
    """Judge the last outcomes, True where the canary failed on what the default could score.

    Fewer than a window count like a full one without further failures: one unlucky batch ends nobody.
    """
    errors = sum(failed)
    if errors <= limits.error_ratio * limits.window:
        return None
    return Verdict(ERRORS, f"{errors} of its last {len(failed)} images failed.")


def judge_disagreement(found: Disagreement, limits: Limits) -> Verdict | None:
    """Judge the mean absolute difference of the index, once enough images were compared."""
    if found.mean_points is None or found.compared < limits.least or found.mean_points <= limits.points:
        return None
    detail = f"Its index differs by {found.mean_points:.1f} points on average over {found.compared} images."
    return Verdict(DISAGREEMENT, detail)
