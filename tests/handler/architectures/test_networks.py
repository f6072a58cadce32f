"""The compared networks: shapes as promised, layers as published, weights that survive a file; they learn."""

from pathlib import Path

import pytest
import torch

from handler.architectures.pathonet import ResidualDilatedInception
from handler.network import build_network, load_weights, save_weights
from handler.spec import ModelSpec, NetworkSpec
from training.phantoms import draw_phantom
from training.train import Recipe, Trainer

COMPARED = sorted((Path(__file__).parents[3] / "training" / "compared").glob("*.json"))
SMALL = ("FCRN-A", "FCRN-B", "PathoNet")


def spec_of(architecture: str) -> NetworkSpec:
    return NetworkSpec(architecture=architecture, encoder="none")


def weights_of(inputs: int, outputs: int, kernel_px: int = 3) -> int:
    """Filters without bias, and scale and shift of the batch normalisation after them."""
    return inputs * outputs * kernel_px**2 + 2 * outputs


def inception(inputs: int, width: int) -> int:
    return 2 * (weights_of(inputs, width) + weights_of(width, width)) + 2 * width


def test_all_six_systems_of_table_2_have_a_spec() -> None:
    assert [path.stem for path in COMPARED] == [
        "deeplabv3-mobilenetv2",
        "deeplabv3-xception",
        "fcrn-a",
        "fcrn-b",
        "pathonet",
        "unet-resnet50",
    ]
    specs = [ModelSpec.from_file(path) for path in COMPARED]
    assert [spec.version for spec in specs] == [path.stem for path in COMPARED]
    assert all((s.decoding, s.sampling) == (specs[0].decoding, specs[0].sampling) for s in specs)


@pytest.mark.parametrize("path", COMPARED, ids=lambda path: path.stem)
def test_any_field_whose_sides_are_multiples_of_32_gets_logits_of_its_size(path: Path) -> None:
    network = build_network(ModelSpec.from_file(path).network).eval()
    with torch.inference_mode():
        for height, width in ((160, 160), (96, 32)):
            assert network(torch.zeros(1, 3, height, width)).shape == (1, 4, height, width)


def test_fcrn_a_has_the_published_layers() -> None:
    widths = (3, 32, 64, 128, 512, 128, 64, 32)
    expected = sum(map(weights_of, widths, widths[1:])) + 32 * 4 + 4
    assert parameters("FCRN-A") == expected


def test_fcrn_b_has_the_published_layers() -> None:
    widths = (3, 32, 64, 128, 256)
    wide = 2 * weights_of(256, 256, 5)
    assert parameters("FCRN-B") == sum(map(weights_of, widths, widths[1:])) + wide + 256 * 4 * 25 + 4


def test_pathonet_has_the_published_layers() -> None:
    down = sum(inception(width // 2, width) for width in (32, 64, 128, 256))
    up = sum(
        weights_of(inputs, width, 1) + weights_of(width, width, 1) + inception(width, width)
        for inputs, width in ((256, 128), (256, 64), (128, 32), (64, 16))
    )
    ends = sum(weights_of(*pair) for pair in ((3, 16), (16, 16), (32, 16), (16, 16), (16, 8)))
    assert parameters("PathoNet") == down + up + ends + 8 * 4 + 4


def parameters(architecture: str) -> int:
    return sum(each.numel() for each in build_network(spec_of(architecture)).parameters())


def test_an_inception_module_reaches_as_far_as_two_convolutions_dilated_by_four() -> None:
    module = ResidualDilatedInception(1, 2).eval()
    field = torch.zeros(1, 1, 33, 33, requires_grad=True)
    module(field)[0, :, 16, 16].sum().backward()
    assert field.grad is not None
    rows = field.grad[0, 0].abs().sum(1).nonzero().ravel()
    assert (int(rows.min()), int(rows.max())) == (16 - 8, 16 + 8)


@pytest.mark.parametrize("architecture", SMALL)
def test_weights_survive_a_round_trip(architecture: str, tmp_path: Path) -> None:
    network, other = build_network(spec_of(architecture)), build_network(spec_of(architecture))
    save_weights(network, tmp_path / "weights.safetensors", torch.float32)
    load_weights(other, tmp_path / "weights.safetensors")
    field = torch.rand(1, 3, 64, 64)
    assert torch.equal(network.eval()(field), other.eval()(field))


@pytest.mark.parametrize("architecture", SMALL)
def test_learning_from_one_phantom_lowers_its_loss(architecture: str) -> None:
    spec = ModelSpec(name="ki67", version="0.1", network=spec_of(architecture))
    trainer = Trainer(spec, Recipe(steps=100, batch_size=2, warm_up_steps=1), torch.device("cpu"))
    phantom = draw_phantom(7, 32, 32, 0.5)
    batch = (phantom.rgb, phantom.class_map.astype("int64"), phantom.interior.astype("float32"))
    rgb, classes, interior = (torch.from_numpy(plane)[None].repeat(2, *[1] * plane.ndim) for plane in batch)
    losses = [trainer.step(rgb, classes, interior) for _ in range(24)]
    assert min(losses[-4:]) < 0.9 * losses[0]


def test_an_encoder_that_such_a_network_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no encoder to choose"):
        build_network(NetworkSpec(architecture="PathoNet", encoder="resnet50"))


def test_an_unknown_architecture_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="FCRN-A, FCRN-B, PathoNet"):
        build_network(NetworkSpec(architecture="PathosNet"))
