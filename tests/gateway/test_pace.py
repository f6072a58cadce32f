"""How long an image takes just now: an average that follows, and is forgotten."""

import pytest

from gateway.pace import Pace


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def test_at_first_nothing_is_known(time: Time) -> None:
    assert Pace(time).seconds() is None


def test_it_follows_slowly(time: Time) -> None:
    pace = Pace(time)
    pace.note(2.0)
    assert pace.seconds() == pytest.approx(2.0)
    pace.note(3.0)
    assert pace.seconds() == pytest.approx(2.1)


def test_what_was_long_ago_is_forgotten(time: Time) -> None:
    pace = Pace(time)
    pace.note(2.0)
    time.now += 59
    assert pace.seconds() == pytest.approx(2.0)
    time.now += 2
    assert pace.seconds() is None
    pace.note(0.5)
    assert pace.seconds() == pytest.approx(0.5)
