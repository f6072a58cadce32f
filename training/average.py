"""Average the weights of several checkpoints of one training, or of parent and child: safetensors in and out.

Weights from along one trajectory average to a network that is steadier on laboratories it has not seen
(Izmailov et al. 2018).
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file, save_file


def average(
    states: list[dict[str, torch.Tensor]], shares: list[float] | None = None
) -> dict[str, torch.Tensor]:
    """Return the mean of each floating-point tensor in its own precision, the last one's whole numbers.

    `shares` weigh the states, equally unless told. Raises ValueError where the states are not of one network
    or there is not one share, above 0 in all, for each.
    """
    shares = shares or [1.0] * len(states)
    if len(shares) != len(states) or min(shares) < 0 or sum(shares) <= 0:
        raise ValueError(f"{len(states)} files need as many shares, none below 0 and not all 0")
    if any(state.keys() != states[0].keys() for state in states):
        raise ValueError("these files are not weights of one network")
    return {name: _mean([state[name] for state in states], shares) for name in states[0]}


def _mean(values: list[torch.Tensor], shares: list[float]) -> torch.Tensor:
    if not values[0].is_floating_point():
        return values[-1]
    total = sum(share * value.float() for share, value in zip(shares, values, strict=True))
    return torch.as_tensor(total / sum(shares)).to(values[0].dtype)


def main(
    weights: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="safetensors files")],
    output: Annotated[Path, typer.Option(help="safetensors file to write")],
    share: Annotated[
        list[float] | None, typer.Option(help="weight of each file in turn (repeat it); equal unless told")
    ] = None,
) -> None:
    """Average the weights of several checkpoints of one training, or of parent and child."""
    try:
        averaged = average([load_file(path) for path in weights], share)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    save_file(averaged, output)
    typer.echo(f"wrote {output}")


if __name__ == "__main__":
    typer.run(main)
