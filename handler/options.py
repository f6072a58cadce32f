"""What a caller may ask of one analysis: a mapping of strings (query, headers or form) in, typed options out.

Names that are no options of an analysis are ignored, an empty value means "not given".
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from handler.errors import InvalidOptionError
from handler.scale import MPP_RANGE, OBJECTIVE_RANGE
from handler.spec import Thresholds

OPTION_NAMES = (
    "mpp",
    "objective",
    "default_mpp",
    "probability",
    "min_area_um2",
    "category_boundaries_percent",
)

PROBABILITY_RANGE = (0.01, 0.99)
MIN_AREA_UM2_RANGE = (0.0, 1000.0)
PERCENT_RANGE = (0.0, 100.0)

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class AnalysisOptions:
    """Scale as the caller knows it (at most one of the two) and the thresholds to decode and score with.

    `default_mpp` stands in for the model's own default where nobody knows the scale. Without thresholds,
    those of the version that scores hold.
    """

    mpp: float | None = None
    objective: float | None = None
    thresholds: Thresholds | None = None
    default_mpp: float | None = None


def parse_options(values: Mapping[str, str], defaults: Thresholds | None = None) -> AnalysisOptions:
    """Read the options named in `OPTION_NAMES`; thresholds not given are taken from `defaults`.

    Raises InvalidOptionError, which names the option, where a value cannot be used.
    """
    mpp = _number(values, "mpp", MPP_RANGE)
    objective = _number(values, "objective", OBJECTIVE_RANGE)
    if mpp is not None and objective is not None:
        raise InvalidOptionError("Give mpp or objective, not both.")
    default_mpp = _number(values, "default_mpp", MPP_RANGE)
    return AnalysisOptions(mpp, objective, parse_thresholds(values, defaults), default_mpp)


def parse_thresholds(values: Mapping[str, str], defaults: Thresholds | None = None) -> Thresholds:
    """Read the options that may change after the network has run."""
    known = defaults or Thresholds()
    probability = _number(values, "probability", PROBABILITY_RANGE)
    min_area_um2 = _number(values, "min_area_um2", MIN_AREA_UM2_RANGE)
    return Thresholds(
        known.probability if probability is None else probability,
        known.min_area_um2 if min_area_um2 is None else min_area_um2,
        _boundaries(values) or known.category_boundaries_percent,
    )


def _boundaries(values: Mapping[str, str]) -> tuple[float, float] | None:
    name = "category_boundaries_percent"
    text = values.get(name, "").strip()
    if not text:
        return None
    numbers = [_in_range(part, name, PERCENT_RANGE) for part in text.split(",")]
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        raise InvalidOptionError(f"{name} must be two percentages in ascending order, such as 10,20.")
    return numbers[0], numbers[1]


def _number(values: Mapping[str, str], name: str, limits: tuple[float, float]) -> float | None:
    text = values.get(name, "").strip()
    return _in_range(text, name, limits) if text else None


def _in_range(text: str, name: str, limits: tuple[float, float]) -> float:
    lowest, highest = limits
    # float() alone would also take "nan", "1_0" and digits of other scripts.
    value = float(text.strip()) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not lowest <= value <= highest:
        raise InvalidOptionError(f"{name} must be a number from {lowest:g} to {highest:g}.")
    return value
