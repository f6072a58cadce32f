"""Average the weights of several checkpoints of one training: safetensors in, safetensors out.

Weights from along one trajectory average to a network that is steadier on laboratories it has not seen
(Izmailov et al. 2018).
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file, save_file


def average(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the mean of each floating-point tensor in its own precision, the last one's whole numbers.

    Raises ValueError where the states are not of one network.
    """
    if any(state.keys() != states[0].keys() for state in states):
        raise ValueError("these files are not weights of one network")
    return {name: _mean([state[name] for state in states]) for name in states[0]}


def _mean(values: list[torch.Tensor]) -> torch.Tensor:
    if not values[0].is_floating_point():
        return values[-1]
    return torch.stack([value.float() for value in values]).mean(0).to(values[0].dtype)


def main(
    weights: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="safetensors files")],
    output: Annotated[Path, typer.Option(help="safetensors file to write")],
) -> None:
    """Average the weights of several checkpoints of one training."""
    save_file(average([load_file(path) for path in weights]), output)
    typer.echo(f"wrote {output}")


if __name__ == "__main__":
    typer.run(main)
