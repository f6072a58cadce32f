"""First weights of a network: its parent's, its encoder's from ImageNet, or none.

Flow: a file or a name -> tensors (never code: weights only) -> the network, in place.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from segmentation_models_pytorch.encoders import get_encoder
from torch import nn

from handler.network import load_weights
from handler.spec import NetworkSpec
from training.trainer import Start

IMAGENET = "imagenet"
RANDOM = "random"
_CLASSIFIER = "fc."
_OFFLINE = (
    "name a local state dict of it (--encoder-weights FILE.pth, such as torchvision's), or say --random-start"
)


class StartError(ValueError):
    """The first weights cannot be had; the message says what to do."""


def from_version(weights: Path) -> Start:
    """Start where a version's weights are."""
    return lambda network: load_weights(network, weights)


def from_encoder(spec: NetworkSpec, weights: str) -> Start:
    """Start with an encoder trained before: `imagenet`, downloaded, or a file of its state dict.

    Raises StartError where it cannot be had.
    """
    state = _downloaded(spec) if weights == IMAGENET else read_state_dict(Path(weights))

    def start(network: nn.Module) -> None:
        encoder = getattr(network, "encoder", None)
        if not isinstance(encoder, nn.Module):
            raise StartError(f"{spec.architecture} has no encoder to put weights in; say --random-start")
        load_encoder(encoder, state)

    return start


def _downloaded(spec: NetworkSpec) -> dict[str, torch.Tensor]:
    try:
        encoder = get_encoder(spec.encoder, weights=IMAGENET)
    except Exception as error:  # whatever a download can end with
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise StartError(
            f"ImageNet weights of {spec.encoder} cannot be downloaded ({reason}); {_OFFLINE}"
        ) from error
    state: dict[str, torch.Tensor] = encoder.state_dict()
    return state


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read tensors by name from safetensors or a PyTorch file; raises StartError where it is neither."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a broken file can end with
        raise StartError(f"{path.name} is no file of weights alone: {type(error).__name__}") from error
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise StartError(f"{path.name} holds no tensors by name")
    return {str(name): value for name, value in state.items()}


def load_encoder(encoder: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Put weights into an encoder, in place; a classifier's last layer is left out.

    Raises StartError where anything else is missing, too much or of another shape.
    """
    plain = {name.removeprefix("module.").removeprefix("encoder."): value for name, value in state.items()}
    wanted = encoder.state_dict()
    known = {name: value for name, value in plain.items() if not name.startswith(_CLASSIFIER)}
    wrong = sorted(wanted.keys() ^ known.keys())
    wrong = [name for name in wrong if not name.endswith("num_batches_tracked")]
    wrong += sorted(name for name in wanted.keys() & known.keys() if wanted[name].shape != known[name].shape)
    if wrong:
        raise StartError(
            f"these weights are not of this encoder: {len(wrong)} tensors differ, {', '.join(wrong[:5])}"
        )
    nn.Module.load_state_dict(encoder, known, strict=False)
