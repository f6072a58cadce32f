"""Every engine gives the network's probabilities, and a tile's planes depend on that tile alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from handler.engines.choice import choose_engine
from handler.engines.interface import Engine, EngineSettings
from handler.network import build_network, load_weights, to_probabilities
from handler.spec import ModelSpec
from model_store import DEFAULT_VERSION

VERSION = Path(__file__).parents[3] / "model_store" / "ki67" / DEFAULT_VERSION
WEIGHTS = VERSION / "weights.safetensors"
SPEC = ModelSpec.from_file(VERSION / "spec.json")
EVERY_ENGINE = (
    EngineSettings("torch"),
    EngineSettings("torch", "bf16"),
    EngineSettings("openvino", "fp32"),
    EngineSettings("openvino", "bf16"),
)


@pytest.fixture(
    scope="module", params=EVERY_ENGINE, ids=lambda settings: f"{settings.engine} {settings.precision}"
)
def engine(request: pytest.FixtureRequest) -> Engine:
    return choose_engine(SPEC, WEIGHTS, request.param)


def noise(seed: int, height: int = 64, width: int = 96) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, height, width, 3), np.uint8)


def expected(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities as the paper's own framework computes them, without any of our modules' shortcuts."""
    network = build_network(SPEC.network)
    load_weights(network, WEIGHTS)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (SPEC.network.mean, SPEC.network.std))
    pixels = torch.from_numpy(tiles).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        logits = network.eval()((pixels - mean) / std)
    answer: NDArray[np.float32] = to_probabilities(logits, SPEC.network.outputs).numpy()
    return answer


def test_planes_are_the_networks_probabilities_but_the_backgrounds(engine: Engine) -> None:
    tiles = noise(1)
    planes = engine.run(tiles)
    assert planes.dtype == np.uint8
    assert planes.shape == (1, len(SPEC.network.outputs) - 1, 64, 96)
    difference = np.abs(planes.astype(np.float32) - 255 * expected(tiles)[:, 1:])
    assert difference.max() <= (1.0 if engine.precision == "fp32" else 16.0)
    assert difference.mean() < 0.6


def test_a_tile_has_the_same_bits_whatever_came_before(engine: Engine) -> None:
    first = engine.run(noise(1)).copy()
    engine.run(noise(2))
    engine.run(noise(3, 128, 64))
    assert np.array_equal(engine.run(noise(1)), first)


def test_a_batch_that_is_not_full_is_refused(engine: Engine) -> None:
    assert engine.batch_tiles(64, 96) == 1
    with pytest.raises(ValueError, match="1 tiles, not 2"):
        engine.run(np.concatenate([noise(1), noise(2)]))


def test_warming_up_changes_no_answer(engine: Engine) -> None:
    before = engine.run(noise(1, 64, 64)).copy()
    engine.warm_up(64)
    assert np.array_equal(engine.run(noise(1, 64, 64)), before)


@pytest.mark.parametrize("name", ["torch", "openvino"])
def test_weights_of_another_network_are_refused(name: str, tmp_path: Path) -> None:
    other = replace(SPEC, network=replace(SPEC.network, encoder="resnet18"))
    with pytest.raises(RuntimeError, match="state_dict"):
        choose_engine(other, WEIGHTS, EngineSettings(name), cache=tmp_path)  # type: ignore[arg-type]
