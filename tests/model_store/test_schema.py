"""A version's folder keeps to the schema, or every problem of it is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors.numpy import save_file

from model_store.archive import ROOT
from model_store.failures import RefusedError
from model_store.schema import check_folder, check_weights

STORE = ROOT / "model_store" / "ki67"


@pytest.mark.parametrize("folder", sorted(STORE.iterdir()), ids=lambda path: path.name)
def test_what_ships_keeps_to_the_schema(folder: Path) -> None:
    checked = check_folder(folder)
    assert checked.spec.version == folder.name
    assert checked.serving.minWorkers >= 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STORE / "colour-1.0", tmp_path / "colour-1.0"))


def change_spec(**parts: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        spec = json.loads((folder / "spec.json").read_text())
        for name, value in parts.items():
            spec[name] = spec[name] | value if isinstance(value, dict) else value
        (folder / "spec.json").write_text(json.dumps(spec))

    return change


def change_config(**parts: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = yaml.safe_load((folder / "model-config.yaml").read_text())
        (folder / "model-config.yaml").write_text(yaml.safe_dump(config | parts))

    return change


def write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def not_finite(folder: Path) -> None:
    save_file({"head": np.array([1.0, np.nan], np.float16)}, folder / "weights.safetensors")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_spec(version="1.9"), "not that of its folder"),
        (change_spec(speed="high"), "unknown keys: speed"),
        (change_spec(sampling={"tile_px": 300}), "no multiple of 32"),
        (change_spec(sampling={"tile_px": "large"}), r"sampling\.tile_px"),
        (change_spec(sampling={"working_mpp": 0}), "microns per pixel are not above 0"),
        (change_spec(decoding={"preset": "magic"}), r"decoding\.preset"),
        (change_spec(thresholds={"category_boundaries_percent": [20, 10]}), "two rising percentages"),
        (
            change_spec(network={"outputs": ["immunopositive", "background", "immunonegative"]}),
            "begin with background",
        ),
        (write("spec.json", b"{"), "spec.json: "),
        (change_config(minWorker=2), "minWorker: Extra inputs"),
        (change_config(maxBatchDelay=0), "maxBatchDelay: "),
        (change_config(minWorkers=3), "minWorkers is more than maxWorkers"),
        (change_config(handler={"engin": "torch"}), "unknown keys under handler: engin"),
        (write("weights.safetensors", b"\x00" * 40), "the weights are corrupt"),
        (not_finite, "head holds numbers that are not finite"),
        (remove("weights.safetensors"), "weights.safetensors is missing"),
        (remove("MODEL_CARD.md"), "MODEL_CARD.md is missing"),
        (remove("metrics.json"), "metrics.json is missing"),
    ],
)
def test_what_does_not_is_refused_with_the_reason(
    folder: Path, change: Callable[[Path], object], told: str
) -> None:
    change(folder)
    with pytest.raises(RefusedError, match=told):
        check_folder(folder)


def test_every_problem_is_told_at_once(folder: Path) -> None:
    change_spec(speed="high")(folder)
    change_config(maxBatchDelay=0)(folder)
    remove("metrics.json")(folder)
    with pytest.raises(RefusedError, match=r"speed.*maxBatchDelay.*metrics\.json"):
        check_folder(folder)


def test_weights_cut_short_are_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes((STORE / "1.1" / "weights.safetensors").read_bytes()[:1_000_000])
    with pytest.raises(ValueError, match="corrupt"):
        check_weights(path)


def test_what_a_training_left_needs_no_card_and_takes_the_serving_of_another(folder: Path) -> None:
    for name in ("MODEL_CARD.md", "metrics.json", "model-config.yaml"):
        remove(name)(folder)
    checked = check_folder(folder, STORE / "1.1" / "model-config.yaml", whole=False)
    assert checked.serving.batchSize == 8


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no folder of a version"):
        check_folder(tmp_path / "1.7")
