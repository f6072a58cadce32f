"""Folding changes a U-Net's speed and not what it computes; other networks stay as they are."""

import pytest
import torch

from handler.engines.folding import FoldedDecoderBlock, fold_upsampling
from handler.network import build_network
from handler.spec import NetworkSpec


def drawn(spec: NetworkSpec) -> torch.nn.Module:
    """A network whose batch normalisation has seen something."""
    torch.manual_seed(5)
    network = build_network(spec)
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(part.running_mean, 0.0, 0.2)  # type: ignore[arg-type]
            torch.nn.init.uniform_(part.running_var, 0.5, 1.5)  # type: ignore[arg-type]
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            torch.nn.init.normal_(part.bias, 0.0, 0.2)
    return network.eval()


@pytest.mark.parametrize("encoder", ["resnet18", "resnet50"])
@torch.no_grad()
def test_a_folded_unet_computes_the_same(encoder: str) -> None:
    network = drawn(NetworkSpec(encoder=encoder))
    pixels = torch.randn((2, 3, 64, 96), generator=torch.Generator().manual_seed(1))
    before = network(pixels)
    fold_upsampling(network)
    assert all(isinstance(block, FoldedDecoderBlock) for block in network.decoder.blocks)  # type: ignore[union-attr]
    assert torch.allclose(network(pixels), before, rtol=1e-4, atol=1e-4 * float(before.abs().max()))


@pytest.mark.parametrize(
    "spec",
    [NetworkSpec("FCRN-A", "none"), NetworkSpec("UnetPlusPlus", "resnet18")],
    ids=lambda s: s.architecture,
)
@torch.no_grad()
def test_other_networks_are_left_alone(spec: NetworkSpec) -> None:
    network = drawn(spec)
    pixels = torch.randn((1, 3, 64, 64), generator=torch.Generator().manual_seed(1))
    before = network(pixels)
    fold_upsampling(network)
    assert torch.equal(network(pixels), before)
