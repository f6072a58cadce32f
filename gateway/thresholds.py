"""New thresholds: what the request names over what the result has."""

from gateway.models import Result
from gateway.schemas import ThresholdsIn
from handler.options import parse_thresholds
from handler.spec import Thresholds


def chosen_thresholds(body: ThresholdsIn, result: Result) -> Thresholds:
    """Return the thresholds to score with; raises InvalidOptionError where they cannot be used."""
    known = result.thresholds
    lower, upper = known["category_boundaries_percent"]
    defaults = Thresholds(known["probability"], known["min_area_um2"], (lower, upper))
    return parse_thresholds(_as_text(body), defaults)


def _as_text(body: ThresholdsIn) -> dict[str, str]:
    boundaries = body.category_boundaries_percent
    numbers = {"probability": body.probability, "min_area_um2": body.min_area_um2}
    texts = {name: str(value) for name, value in numbers.items() if value is not None}
    joined = {} if boundaries is None else {"category_boundaries_percent": f"{boundaries[0]},{boundaries[1]}"}
    return texts | joined
