"""Every engine gives the network's probabilities, and a tile's planes depend on that tile alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from handler.engines.choice import choose_engine
from handler.engines.interface import Engine, EngineSettings
from handler.engines.module import ScoringModule
from handler.engines.pytorch import BatchingEngine, CudaEngine, TorchEngine, steps_to
from handler.errors import ProblemError
from handler.lanes import Lanes
from handler.network import build_network, load_weights, to_probabilities
from handler.spec import ModelSpec
from model_store import DEFAULT_VERSION

ROOT = Path(__file__).parents[3]
VERSION = ROOT / "model_store" / "ki67" / DEFAULT_VERSION
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


def test_signals_find_a_stack_after_engines_have_come_and_gone() -> None:
    program = """
import signal, subprocess, sys
from pathlib import Path
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.spec import ModelSpec
folder = Path(sys.argv[1])
spec, weights = ModelSpec.from_file(folder / "spec.json"), folder / "weights.safetensors"
signal.signal(signal.SIGCHLD, lambda number, frame: None)
first, second = (choose_engine(spec, weights, EngineSettings("openvino")) for _ in range(2))
del first
del second
subprocess.run([sys.executable, "-c", ""], check=True)
"""
    subprocess.run([sys.executable, "-c", program, str(VERSION)], cwd=ROOT, check=True, timeout=120)


def test_a_warm_up_that_fails_loses_no_lane() -> None:
    engine = choose_engine(SPEC, WEIGHTS, EngineSettings("openvino"))
    with pytest.raises(RuntimeError):
        engine.warm_up(33)
    with ThreadPoolExecutor(engine.lanes) as lanes:
        answers = [lanes.submit(engine.run, noise(1)) for _ in range(2 * engine.lanes)]
        assert all(answer.result(60).shape == (1, 3, 64, 96) for answer in answers)


def test_memory_stays_flat_however_many_sizes_of_tiles_come() -> None:
    program = """
import re, sys
from pathlib import Path
import numpy as np
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.spec import ModelSpec

def resident_mib():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

folder = Path(sys.argv[1])
spec, weights = ModelSpec.from_file(folder / "spec.json"), folder / "weights.safetensors"
engine = choose_engine(spec, weights, EngineSettings("openvino", threads=1))
sides = range(32, 289, 32)
engine.warm_up(288)
for count, (height, width) in enumerate((h, w) for w in sides for h in sides):
    if count == 40:
        half_way = resident_mib()
    engine.run(np.zeros((1, height, width, 3), np.uint8))
print(resident_mib() - half_way)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(VERSION)],
        cwd=ROOT,
        check=True,
        timeout=240,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 50


SMALL = replace(SPEC.network, encoder="resnet18")
LADDER_PX = 12 * 64 * 64


def small_module() -> ScoringModule:
    torch.manual_seed(3)
    return ScoringModule(build_network(SMALL).eval(), SMALL).eval()


def batching(device: str, precision: str = "fp32") -> BatchingEngine:
    kind = CudaEngine if device == "cuda" else BatchingEngine
    return kind(small_module(), torch.device(device), precision, LADDER_PX)


ON_GPU = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that PyTorch can use")
)


@pytest.mark.parametrize("most", range(1, 66))
def test_any_number_of_tiles_fills_more_than_half_of_the_next_batch(most: int) -> None:
    steps = steps_to(most)
    assert steps[-1] == most
    assert list(steps) == sorted(set(steps))
    for tiles in range(1, most + 1):
        assert tiles > min(step for step in steps if step >= tiles) / 2


@pytest.mark.parametrize("device", ["cpu", ON_GPU])
def test_a_tile_has_the_same_bits_in_a_batch_of_any_size_that_is_used(device: str) -> None:
    engine = batching(device)
    assert engine.batch_sizes(64, 64) == (12,), "of a size not warmed up nothing is known"
    engine.warm_up(64)
    sizes = engine.batch_sizes(64, 64)
    assert sizes[-1] == engine.batch_tiles(64, 64) == 12
    assert set(sizes) <= set(steps_to(12))
    tiles = np.concatenate([noise(seed, 64, 64) for seed in range(12)])
    whole = engine.run(tiles)
    for size in sizes:
        assert np.array_equal(engine.run(tiles[:size]), whole[:size])
    with pytest.raises(ValueError, match="not 3"):
        engine.run(tiles[:3])


def test_a_batch_that_would_round_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = batching("cpu")
    real = engine._forward
    monkeypatch.setattr(engine, "_forward", lambda tiles: real(tiles) + (1 if len(tiles) == 4 else 0))
    engine.warm_up(64)
    assert 4 not in engine.batch_sizes(64, 64)


@pytest.mark.parametrize("device", ["cpu", ON_GPU])
def test_lone_tiles_and_many_of_several_fields_get_the_same_planes(device: str) -> None:
    engine = batching(device)
    engine.warm_up(64)
    tiles = [noise(seed, 64, 64)[0] for seed in range(15)]
    together = dict(Lanes[int](engine, 3).run(enumerate(tiles), set()))
    for key, tile in enumerate(tiles):
        ((_, alone),) = Lanes[int](engine, 3).run([(key, tile)], set())
        assert not isinstance(alone, ProblemError)
        assert np.array_equal(alone, np.asarray(together[key]))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that PyTorch can use")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_recorded_pass_is_the_eager_one(precision: str) -> None:
    recorded, eager = batching("cuda", precision), batching("cuda", precision)
    for side in (64, 96):
        recorded.warm_up(side)
        for size in recorded.batch_sizes(side, side):
            tiles = np.concatenate([noise(seed, side, side) for seed in range(size)])
            with torch.inference_mode():
                expected = TorchEngine._forward(eager, torch.from_numpy(tiles)).cpu().numpy()
            assert np.array_equal(recorded.run(tiles), expected)
