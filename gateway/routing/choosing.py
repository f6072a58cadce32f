"""Which version scores an image: a pure function of the image's SHA-256 and the routes.

The same image always draws the same number, so it stays with its version however often it is sent, and a
canary's growing share only ever adds images to it. Each purpose draws anew: what is scored by the canary is
not what is compared.
"""

import hashlib
from dataclasses import dataclass

from gateway.routing.routes import Routes
from handler.errors import InvalidOptionError

DEFAULT, CANARY, REQUEST, FALLBACK = "default", "canary", "request", "fallback"
CHOSEN_BY = (DEFAULT, CANARY, REQUEST, FALLBACK)
_PARTS = 1_000_000


@dataclass(frozen=True)
class Choice:
    """A version and why it was taken: one of `CHOSEN_BY`."""

    version: str
    chosen_by: str


@dataclass(frozen=True)
class Pair:
    """Two versions to compare: `candidate` may replace `current`; `other` has still to score the image."""

    candidate: str
    current: str
    other: str


def is_within(image_sha256: str, percent: float, purpose: str) -> bool:
    """Tell whether an image belongs to that share; whatever is within 10 percent is within 20."""
    drawn = hashlib.sha256(f"{purpose} {image_sha256}".encode()).digest()
    return int.from_bytes(drawn[:8]) % _PARTS < percent * _PARTS / 100


def choose(routes: Routes, image_sha256: str, wish: str | None) -> Choice:
    """Return the version for an image; a wish, checked before, wins."""
    if wish is not None:
        return Choice(wish, REQUEST)
    if routes.canary and is_within(image_sha256, routes.canary.percent, CANARY):
        return Choice(routes.canary.version, CANARY)
    return Choice(routes.default, DEFAULT)


def check_wish(routes: Routes, wish: str | None) -> None:
    """Refuse a wish for a version that is not known; raises InvalidOptionError."""
    if wish is not None and not routes.knows(wish):
        names = ", ".join(each.version for each in routes.versions)
        raise InvalidOptionError(f"model_version must be one of {names}.")


def still_stands(routes: Routes, choice: Choice) -> bool:
    """Tell whether an analysis keeps its version: it is registered and was not withdrawn as a canary."""
    if choice.version == routes.default:
        return True
    withdrawn = choice.chosen_by == CANARY and routes.has_withdrawn(choice.version)
    return routes.knows(choice.version) and not withdrawn


def may_fall_back(routes: Routes, choice: Choice) -> bool:
    """Tell whether the default may score at once what this version could not: nobody asked for it by name."""
    return choice.version != routes.default and choice.chosen_by != REQUEST


def to_compare(routes: Routes, choice: Choice, image_sha256: str, canary_percent: float) -> Pair | None:
    """Return whom an image that `choice` scored is to be compared with, if it is in the sample.

    The shadow also scores a share of the default's images, the default `canary_percent` of the canary's.
    """
    shadow, canary = routes.shadow, routes.canary
    if choice.version == routes.default:
        if shadow and is_within(image_sha256, shadow.percent, "shadow"):
            return Pair(candidate=shadow.version, current=routes.default, other=shadow.version)
        return None
    is_canary = canary and (choice.version, choice.chosen_by) == (canary.version, CANARY)
    if is_canary and is_within(image_sha256, canary_percent, "compared"):
        return Pair(candidate=choice.version, current=routes.default, other=routes.default)
    return None
