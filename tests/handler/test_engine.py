"""The engine answers in probabilities, and a tile's answer depends on that tile alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handler.engine import EngineSettings, TorchEngine, choose_engine
from handler.spec import ModelSpec
from model_store import DEFAULT_VERSION

VERSION = Path(__file__).parents[2] / "model_store" / "ki67" / DEFAULT_VERSION
SPEC = ModelSpec.from_file(VERSION / "spec.json")
SIDE_PX = 64


@pytest.fixture(scope="module")
def engine() -> TorchEngine:
    return choose_engine(SPEC, VERSION / "weights.safetensors", EngineSettings(cpu_batch_tiles=3), None)


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (SIDE_PX, SIDE_PX, 3), np.uint8)


def test_probabilities_of_the_three_classes_add_up_to_one(engine: TorchEngine) -> None:
    answer = engine.run(np.stack([noise(1), noise(2), noise(3)]))
    assert answer.shape == (3, SIDE_PX, SIDE_PX, len(SPEC.network.outputs))
    assert answer.dtype == np.float32
    assert np.allclose(answer[..., :3].sum(-1), 1.0, atol=1e-5)
    assert answer.min() >= 0.0
    assert answer.max() <= 1.0


def test_a_tile_has_the_same_bits_in_every_place_and_company(engine: TorchEngine) -> None:
    tile, others = noise(1), [noise(4), noise(5)]
    first = engine.run(np.stack([tile, *others]))[0]
    last = engine.run(np.stack([others[1], np.zeros_like(tile), tile]))[2]
    assert np.array_equal(first, last)


def test_a_batch_that_is_not_full_is_refused(engine: TorchEngine) -> None:
    with pytest.raises(ValueError, match="3 tiles, not 1"):
        engine.run(noise(1)[None])


def test_weights_of_another_network_are_refused() -> None:
    other = replace(SPEC, network=replace(SPEC.network, encoder="resnet18"))
    with pytest.raises(RuntimeError, match="state_dict"):
        choose_engine(other, VERSION / "weights.safetensors", EngineSettings(), None)


def test_bf16_is_close_to_fp32(engine: TorchEngine) -> None:
    settings = EngineSettings(cpu_batch_tiles=3, precision="bf16")
    short = choose_engine(SPEC, VERSION / "weights.safetensors", settings, None)
    batch = np.stack([noise(1), noise(2), noise(3)])
    assert short.precision == "bf16"
    assert np.abs(short.run(batch) - engine.run(batch)).mean() < 0.02
