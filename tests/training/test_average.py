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


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="one network"):
        average([{"a": torch.zeros(1)}, {"b": torch.zeros(1)}])
