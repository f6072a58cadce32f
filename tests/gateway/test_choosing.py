"""Which version scores an image, as a pure function of its hash and the routes."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.database import now
from gateway.routing.choosing import (
    CANARY,
    DEFAULT,
    FALLBACK,
    REQUEST,
    Choice,
    Pair,
    check_wish,
    choose,
    is_within,
    may_fall_back,
    still_stands,
    to_compare,
)
from gateway.routing.judging import DISAGREEMENT
from gateway.routing.routes import Routes, Share, Version, without_canary
from handler.errors import InvalidOptionError

HASHES = st.binary(max_size=8).map(lambda data: hashlib.sha256(data).hexdigest())
PERCENTS = st.floats(0, 100)
KNOWN = (Version("1.0"), Version("1.1"), Version("1.2"))
ROUTES = Routes("1.0", KNOWN, canary=Share("1.1", 10), canary_since=now(), shadow=Share("1.2", 10))


def with_canary(percent: float) -> Routes:
    return replace(ROUTES, canary=Share("1.1", percent))


@given(HASHES, PERCENTS)
def test_the_same_image_gets_the_same_version(image: str, percent: float) -> None:
    assert choose(with_canary(percent), image, None) == choose(with_canary(percent), image, None)


@given(HASHES, PERCENTS, PERCENTS)
def test_a_growing_share_takes_no_image_back(image: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    if choose(with_canary(smaller), image, None).version == "1.1":
        assert choose(with_canary(larger), image, None).version == "1.1"


@given(HASHES)
def test_no_share_is_nobody_and_the_whole_everybody(image: str) -> None:
    assert choose(with_canary(0), image, None) == Choice("1.0", DEFAULT)
    assert choose(with_canary(100), image, None) == Choice("1.1", CANARY)


@given(HASHES, PERCENTS)
def test_a_wish_wins(image: str, percent: float) -> None:
    assert choose(with_canary(percent), image, "1.2") == Choice("1.2", REQUEST)


@pytest.mark.parametrize("percent", [1, 10, 50])
def test_a_share_is_a_share(percent: float) -> None:
    images = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    taken = sum(choose(with_canary(percent), image, None).version == "1.1" for image in images)
    assert taken / len(images) * 100 == pytest.approx(percent, abs=1)


def test_what_is_compared_is_drawn_anew() -> None:
    """Or a canary of ten percent would be compared on all of its images or on none."""
    images = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    canarys = [image for image in images if is_within(image, 10, CANARY)]
    compared = sum(is_within(image, 25, "compared") for image in canarys)
    assert compared / len(canarys) == pytest.approx(0.25, abs=0.04)


def test_an_unknown_wish_is_refused_with_what_is_known() -> None:
    check_wish(ROUTES, None)
    check_wish(ROUTES, "1.2")
    with pytest.raises(InvalidOptionError, match=r"1\.0, 1\.1, 1\.2"):
        check_wish(ROUTES, "9.9")


WITHDRAWN = without_canary(ROUTES, DISAGREEMENT, "It differs.", now())


@pytest.mark.parametrize(
    ("routes", "choice", "stands"),
    [
        (ROUTES, Choice("1.1", CANARY), True),
        (replace(ROUTES, canary=None), Choice("1.1", CANARY), True),
        (WITHDRAWN, Choice("1.1", CANARY), False),
        (WITHDRAWN, Choice("1.1", REQUEST), True),
        (replace(WITHDRAWN, default="1.1"), Choice("1.1", CANARY), True),
        (ROUTES, Choice("9.9", REQUEST), False),
        (ROUTES, Choice("9.9", DEFAULT), False),
    ],
)
def test_a_version_stands_while_it_is_registered_and_not_withdrawn(
    routes: Routes, choice: Choice, stands: bool
) -> None:
    assert still_stands(routes, choice) == stands


def test_only_what_nobody_named_gives_way_to_the_default() -> None:
    found = [
        chosen_by
        for chosen_by in (DEFAULT, CANARY, REQUEST, FALLBACK)
        if may_fall_back(ROUTES, Choice("1.1", chosen_by))
    ]
    assert found == [DEFAULT, CANARY, FALLBACK]
    assert not may_fall_back(ROUTES, Choice("1.0", DEFAULT))


@given(HASHES)
def test_the_shadow_looks_at_the_defaults_images_and_the_default_at_the_canarys(image: str) -> None:
    routes = replace(ROUTES, shadow=Share("1.2", 100))
    assert to_compare(routes, Choice("1.0", DEFAULT), image, 100) == Pair("1.2", "1.0", "1.2")
    assert to_compare(routes, Choice("1.1", CANARY), image, 100) == Pair("1.1", "1.0", "1.0")
    assert to_compare(routes, Choice("1.1", REQUEST), image, 100) is None
    assert to_compare(routes, Choice("1.1", CANARY), image, 0) is None
    assert to_compare(replace(routes, shadow=None), Choice("1.0", DEFAULT), image, 100) is None
