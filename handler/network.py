"""Network of a model version: `NetworkSpec` and a safetensors file in, a `torch.nn.Module` out.

The project's own architectures are in `handler.architectures`, others in `segmentation_models_pytorch`.
"""

from pathlib import Path

import segmentation_models_pytorch as smp
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from handler.architectures import ARCHITECTURES, build_own
from handler.spec import NetworkSpec


def build_network(spec: NetworkSpec) -> nn.Module:
    """Build the untrained network; its output is (n, len(outputs), height, width) logits.

    Raises ValueError where there is no such architecture or encoder.
    """
    if spec.architecture in ARCHITECTURES:
        return build_own(spec)
    try:
        network: nn.Module = smp.create_model(
            spec.architecture, spec.encoder, encoder_weights=None, classes=len(spec.outputs)
        )
    except KeyError as error:
        raise ValueError(
            f"no such architecture or encoder: {error}; the project's own: {', '.join(ARCHITECTURES)}"
        ) from error
    return network


def to_probabilities(logits: torch.Tensor, outputs: tuple[str, ...]) -> torch.Tensor:
    """Turn logits (n, channels, h, w) into probabilities: softmax over the three classes, sigmoid beyond.

    Raises ValueError where the first three outputs are not the classes.
    """
    if outputs[:3] != ("background", "immunonegative", "immunopositive"):
        raise ValueError("outputs must begin with background, immunonegative, immunopositive")
    return torch.cat([logits[:, :3].softmax(1), logits[:, 3:].sigmoid()], 1)


def load_weights(network: nn.Module, path: Path) -> None:
    """Load a safetensors file (any float precision) into `network`; raises RuntimeError on a mismatch."""
    state = {
        name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()
    }
    network.load_state_dict(state)


def save_weights(network: nn.Module, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write the weights as safetensors in half precision."""
    state = {
        name: (value.to(dtype) if value.is_floating_point() else value).contiguous().cpu()
        for name, value in network.state_dict().items()
    }
    save_file(state, path)
