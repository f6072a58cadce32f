"""The fastest engine that the machine supports is picked, and a wish it cannot fulfil is said."""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from handler.engines import openvino_cpu
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.engines.openvino_cpu import computes_in_bf16, converted
from tests.handler.engines.test_engines import SPEC, VERSION, WEIGHTS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "openvino" else find(name, *more)
    )


def test_a_cpu_runs_openvino_in_the_precision_it_computes_in() -> None:
    engine = choose_engine(SPEC, WEIGHTS, EngineSettings())
    assert (engine.name, engine.device) == ("openvino", "cpu")
    assert engine.precision == ("bf16" if computes_in_bf16() else "fp32")


@pytest.mark.usefixtures("without_openvino")
def test_a_machine_without_openvino_still_serves(caplog: pytest.LogCaptureFixture) -> None:
    engine = choose_engine(SPEC, WEIGHTS, EngineSettings())
    assert (engine.name, engine.precision) == ("torch", "fp32")
    assert "OpenVINO is not installed" in caplog.text


@pytest.mark.usefixtures("without_openvino")
@pytest.mark.parametrize("settings", [EngineSettings("openvino"), EngineSettings(precision="int8")])
def test_openvino_that_is_asked_for_and_missing_stops_the_start(settings: EngineSettings) -> None:
    with pytest.raises(RuntimeError, match="not installed"):
        choose_engine(SPEC, WEIGHTS, settings)


def test_a_network_that_openvino_cannot_run_is_run_by_torch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec = replace(SPEC, network=replace(SPEC.network, architecture="ColourSeparation", encoder="none"))
    weights = ROOT / "model_store" / "ki67" / "colour-1.0" / "weights.safetensors"
    assert choose_engine(spec, weights, EngineSettings(), cache=tmp_path).name == "torch"
    assert "PyTorch runs the network" in caplog.text
    with pytest.raises(RuntimeError, match="OpenVINO"):
        choose_engine(spec, weights, EngineSettings("openvino"), cache=tmp_path)


@pytest.mark.parametrize("gpus", [0, 1])
def test_a_gpu_that_is_not_there_leaves_the_cpu(
    gpus: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    assert choose_engine(SPEC, WEIGHTS, EngineSettings(), gpu=7).device == "cpu"
    assert "no GPU number 7" in caplog.text


def test_int8_by_pytorch_is_no_configuration() -> None:
    with pytest.raises(ValueError, match="int8 is OpenVINO's"):
        EngineSettings("torch", "int8")


@pytest.mark.long
def test_a_network_that_was_damaged_on_disk_is_converted_again(tmp_path: Path) -> None:
    network = converted(SPEC.network, WEIGHTS, tmp_path)
    network.with_suffix(".bin").write_bytes(b"")
    network.unlink()
    assert choose_engine(SPEC, WEIGHTS, EngineSettings(), cache=tmp_path).name == "openvino"
    assert network.with_suffix(".bin").stat().st_size > 50e6


def test_where_openvino_does_not_take_what_was_converted_torch_runs_the_network(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_cpu, "convert_in_child", lambda spec, weights, folder: None)
    assert choose_engine(SPEC, WEIGHTS, EngineSettings(), cache=tmp_path).name == "torch"
    assert "PyTorch runs the network" in caplog.text
    with pytest.raises(RuntimeError, match="does not take"):
        choose_engine(SPEC, WEIGHTS, EngineSettings("openvino"), cache=tmp_path)


def test_where_no_network_can_be_kept_torch_runs_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert choose_engine(SPEC, WEIGHTS, EngineSettings(), cache=tmp_path / "missing").name == "torch"
    assert "PyTorch runs the network" in caplog.text


def test_int8_is_not_made_up_where_it_was_not_built() -> None:
    with pytest.raises(RuntimeError, match="make archive PRECISION=int8"):
        choose_engine(SPEC, WEIGHTS, EngineSettings(precision="int8"))


def test_a_worker_that_scores_on_a_cpu_never_loads_torch() -> None:
    choose_engine(SPEC, WEIGHTS, EngineSettings())  # converted before
    program = """
import sys
from pathlib import Path
import handler.torchserve
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.spec import ModelSpec
folder = Path(sys.argv[1])
choose_engine(ModelSpec.from_file(folder / "spec.json"), folder / "weights.safetensors", EngineSettings())
sys.exit("torch" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program, str(VERSION)], cwd=ROOT, check=True, timeout=120)


def test_nobody_is_told_that_openvino_is_used() -> None:
    program = """
import sys
import handler.engines.runtime
import openvino.tools.ovc.telemetry_utils
sys.exit(sys.modules["openvino_telemetry"] is not None)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)
