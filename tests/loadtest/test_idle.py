"""The idle pass: a service that always counts wrongly is far from the phantoms' truth."""

from typing import Any

import pytest

from loadtest.expected import Expectations, Expected
from loadtest.idle import far_from_truth
from loadtest.pictures import Picture

PICTURES = [Picture(f"{number}.jpg", "crop", b"", 0.5, truth=(20, 80)) for number in range(4)]


def found(positive: int, negative: int) -> Expectations:
    counts: dict[str, Any] = {"counts": {"immunopositive": positive, "immunonegative": negative}}
    return {(each.name, "1.1"): Expected(counts, 256, 256, {}) for each in PICTURES}


def test_near_the_truth_nothing_is_said() -> None:
    assert far_from_truth(PICTURES, found(22, 85)) == []


@pytest.mark.parametrize(
    ("positive", "negative", "said"),
    [
        (20, 30, "counts 200 nuclei on phantoms that have 400"),
        (80, 20, "an index of 80.0 %"),
        (0, 0, "counts 0"),
    ],
    ids=["half of them", "classes exchanged", "none"],
)
def test_far_from_the_truth_it_is_said(positive: int, negative: int, said: str) -> None:
    (sentence,) = far_from_truth(PICTURES, found(positive, negative))
    assert said in sentence


def test_pictures_whose_truth_nobody_knows_are_left_out() -> None:
    unknown = [Picture("0.jpg", "any", b"")]
    assert far_from_truth(unknown, found(0, 0)) == []
