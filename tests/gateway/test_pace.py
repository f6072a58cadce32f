"""Seconds an image, from how long each took and in what company."""

from collections.abc import Callable

import pytest

from gateway.pace import Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taking(time: Time, seconds: float, inside: Callable[[], object] = lambda: None) -> Callable[[], bool]:
    """Return work that lasts so long and succeeds; something else may happen inside."""

    def work() -> bool:
        inside()
        time.now += seconds
        return True

    return work


@pytest.fixture
def time() -> Time:
    return Time()


def test_at_first_nothing_is_known(time: Time) -> None:
    assert Pace(time).seconds_per_image() is None


def test_alone_an_image_stands_for_its_whole_time(time: Time) -> None:
    pace = Pace(time)
    pace.timed(taking(time, 2.0))
    time.now += 10
    assert pace.seconds_per_image() == pytest.approx(2.0)


def test_in_company_it_stands_for_its_share(time: Time) -> None:
    pace = Pace(time)
    pace.timed(taking(time, 0.0, lambda: pace.timed(taking(time, 2.0))))
    first = 2.0 / 2
    assert pace.seconds_per_image() == pytest.approx(first + 0.1 * (2.0 - first))


def test_what_failed_tells_nothing(time: Time) -> None:
    pace = Pace(time)
    assert pace.timed(lambda: False) is False
    with pytest.raises(OSError, match="gone"):
        pace.timed(lambda: (_ for _ in ()).throw(OSError("gone")))
    assert pace.seconds_per_image() is None


def test_what_was_long_ago_is_forgotten(time: Time) -> None:
    pace = Pace(time)
    pace.timed(taking(time, 2.0))
    time.now += 60
    assert pace.seconds_per_image() is None
    pace.timed(taking(time, 0.5))
    assert pace.seconds_per_image() == pytest.approx(0.5)
