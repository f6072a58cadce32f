"""Averaging is a mean, and refuses what does not belong together."""

import pytest
import torch

from training.average import average


def test_the_mean_is_taken_and_counters_are_the_last() -> None:
    states = [
        {"w": torch.tensor([1.0, 3.0]), "n": torch.tensor(4)},
        {"w": torch.tensor([3.0, 5.0]), "n": torch.tensor(9)},
    ]
    averaged = average(states)
    assert averaged["w"].tolist() == [2.0, 4.0]
    assert int(averaged["n"]) == 9


def test_shares_weigh_the_files() -> None:
    states = [{"w": torch.tensor([0.0, 4.0])}, {"w": torch.tensor([4.0, 8.0])}]
    assert average(states, [3.0, 1.0])["w"].tolist() == [1.0, 5.0]


@pytest.mark.parametrize("shares", [[1.0], [1.0, -1.0], [0.0, 0.0]])
def test_shares_that_weigh_nothing_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        average([{"w": torch.zeros(1)}, {"w": torch.zeros(1)}], shares)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="one network"):
        average([{"a": torch.zeros(1)}, {"b": torch.zeros(1)}])
