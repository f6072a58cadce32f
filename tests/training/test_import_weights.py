"""Published weights become a version; a file that would run code is refused and does not run it."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import segmentation_models_pytorch as smp
import torch
from typer.testing import CliRunner

from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.network import build_network
from handler.spec import ModelSpec, NetworkSpec
from model_store.archive import build_archive_of_folder
from tests.commands import application
from training.import_weights import fitted, main
from training.inert_pickle import UnsafeFileError, read_weights
from training.version_folder import VersionError

PAPER = NetworkSpec(outputs=("background", "immunonegative", "immunopositive"))
CLASSES = PAPER.outputs


@pytest.fixture(scope="module")
def published() -> torch.nn.Module:
    torch.manual_seed(0)
    network: torch.nn.Module = smp.Unet("resnet50", encoder_weights=None, classes=3, activation="softmax2d")
    return network.eval()


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("wrapping", ["bare", "checkpoint", "parallel", "model", "model of old"])
def test_every_form_that_is_published_gives_the_same_weights(
    published: torch.nn.Module, tmp_path: Path, wrapping: str
) -> None:
    state = published.state_dict()
    content: Any = {
        "bare": state,
        "checkpoint": {"epoch": 9, "model_state_dict": state},
        "parallel": {"state_dict": {f"module.{name}": value for name, value in state.items()}},
    }.get(wrapping, published)
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=wrapping != "model of old")
    assert same(read_weights(tmp_path / "w.pth"), dict(state))


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.path}'",)


class MaliciousEvaluation(Malicious):
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (f"open({str(self.path)!r}, 'w')",)


@pytest.mark.parametrize("kind", [Malicious, MaliciousEvaluation])
@pytest.mark.parametrize("form", ["zip", "legacy", "bare pickle"])
def test_a_file_that_would_run_code_is_refused_and_does_not(
    tmp_path: Path, kind: type[Malicious], form: str
) -> None:
    file, touched = tmp_path / "w.pth", tmp_path / "touched"
    content = {"state_dict": {"a": torch.zeros(1)}, "x": kind(touched)}
    if form == "bare pickle":
        file.write_bytes(pickle.dumps({"x": kind(touched)}, protocol=2))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(UnsafeFileError, match=r"call .*(system|eval).*not read"):
        read_weights(file)
    assert not touched.exists()


def test_the_file_would_have_run_its_code_elsewhere(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Malicious(tmp_path / "touched")))  # noqa: S301 - it is our own
    assert (tmp_path / "touched").exists()


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04broken"])
def test_a_file_that_is_no_weights_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(UnsafeFileError, match=r"w\.pth is no PyTorch file"):
        read_weights(tmp_path / "w.pth")


def test_other_things_than_tensors_are_told(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1), "epoch": 3}, tmp_path / "w.pth")
    with pytest.raises(UnsafeFileError, match="something other than tensors"):
        read_weights(tmp_path / "w.pth")


def test_missing_unexpected_and_ill_shaped_tensors_are_named(published: torch.nn.Module) -> None:
    state = dict(published.state_dict())
    state["aux.weight"] = state.pop("encoder.conv1.weight")
    state["segmentation_head.0.bias"] = torch.zeros(4)
    with pytest.raises(VersionError) as refused:
        fitted(state, PAPER, CLASSES)
    for told in ("1 missing: encoder.conv1", "1 unexpected: aux", "1 of another shape: segmentation_head.0"):
        assert told in str(refused.value)


def test_classes_in_another_order_are_put_in_ours(published: torch.nn.Module) -> None:
    network = fitted(published.state_dict(), PAPER, ("immunopositive", "background", "immunonegative"))
    theirs, ours = published.state_dict()["segmentation_head.0.bias"], network.state_dict()
    assert torch.equal(ours["segmentation_head.0.bias"], theirs[[1, 2, 0]])


@pytest.mark.parametrize("classes", [CLASSES[:2], (*CLASSES[:2], "stroma")])
def test_classes_that_are_not_the_three_are_refused(
    published: torch.nn.Module, classes: tuple[str, ...]
) -> None:
    with pytest.raises(VersionError, match="--classes must name"):
        fitted(published.state_dict(), PAPER, classes)


def test_the_command_writes_a_version_that_scores_and_archives(
    published: torch.nn.Module, tmp_path: Path
) -> None:
    torch.save(published, tmp_path / "model.pth")
    folder = tmp_path / "version"
    options = ["--file", str(tmp_path / "model.pth"), "--version", "0.1-paper", "--output", str(folder)]
    result = CliRunner().invoke(application(main), options)
    assert result.exit_code == 0, result.output
    spec = ModelSpec.from_file(folder / "spec.json")
    assert (spec.version, spec.sampling.whole_field_px, spec.decoding.preset) == (
        "0.1-paper",
        256,
        "mcconnell2021",
    )
    assert json.loads((folder / "metrics.json").read_text()) == {"made_by": "training.import_weights"}
    assert build_archive_of_folder(folder, tmp_path).stat().st_size > 100_000_000
    tiles = torch.randint(
        0, 256, (1, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    engine = choose_engine(spec, folder / "weights.safetensors", EngineSettings("torch"))
    mean, std = torch.tensor(PAPER.mean) * 255, torch.tensor(PAPER.std) * 255
    with torch.inference_mode():
        expected = 255 * published(((tiles - mean) / std).permute(0, 3, 1, 2))[:, 1:]
    assert torch.allclose(torch.from_numpy(engine.run(tiles.numpy())).float(), expected, atol=1.0)
    again = CliRunner().invoke(application(main), options)
    assert again.exit_code == 2


def test_a_file_of_another_network_is_a_usage_error(tmp_path: Path) -> None:
    other = build_network(NetworkSpec(encoder="resnet18", outputs=CLASSES))
    torch.save(other.state_dict(), tmp_path / "w.pth")
    options = ["--file", str(tmp_path / "w.pth"), "--version", "x", "--output", str(tmp_path / "v")]
    result = CliRunner().invoke(application(main), options)
    assert result.exit_code == 2
    assert not (tmp_path / "v").exists()
