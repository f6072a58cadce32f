"""Versions made for tests: a small project with the colour baseline under other names, whole or broken."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
import yaml

from handler.network import build_network, save_weights
from handler.spec import ModelSpec
from model_store.archive import ROOT

COLOUR = "colour-1.0"


def project(folder: Path) -> Path:
    """Copy what an archive is built of."""
    (folder / "model_store" / "ki67").mkdir(parents=True)
    shutil.copytree(ROOT / "handler", folder / "handler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "model_store" / "ki67_entry.py", folder / "model_store" / "ki67_entry.py")
    return folder


def add_version(root: Path, version: str, **config: object) -> Path:
    """Add the colour baseline under another name, served otherwise where `config` says so."""
    folder = root / "model_store" / "ki67" / version
    shutil.copytree(ROOT / "model_store" / "ki67" / COLOUR, folder)
    change_json(folder / "spec.json", version=version)
    served = yaml.safe_load((folder / "model-config.yaml").read_text())
    (folder / "model-config.yaml").write_text(yaml.safe_dump(served | config))
    return folder


def change_json(path: Path, **parts: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | parts))


def corrupt(root: Path, version: str) -> None:
    weights = (ROOT / "model_store" / "ki67" / "1.1" / "weights.safetensors").read_bytes()
    (add_version(root, version) / "weights.safetensors").write_bytes(weights[:500_000])


def invalid(root: Path, version: str) -> None:
    change_json(add_version(root, version) / "spec.json", decoding={"preset": "magic"})


def raising(root: Path, version: str) -> None:
    add_version(root, version)
    path = root / "handler" / "torchserve.py"
    text = path.read_text()
    path.write_text(
        text.replace("        started = time.monotonic()\n", "        raise OSError('it raises')\n", 1)
    )


def too_large(root: Path, version: str) -> None:
    add_version(root, version, minWorkers=250, maxWorkers=250)


def not_finite(root: Path, version: str) -> None:
    """Finite weights whose sums are not."""
    folder = add_version(root, version, handler={"engine": "torch", "warmTilesPx": [[64, 64]]})
    spec = json.loads((ROOT / "training" / "compared" / "fcrn-a.json").read_text())
    sampling = spec["sampling"] | {"working_mpp": 2.0}
    (folder / "spec.json").write_text(json.dumps(spec | {"version": version, "sampling": sampling}))
    network = build_network(ModelSpec.from_file(folder / "spec.json").network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(60_000.0)
    save_weights(network, folder / "weights.safetensors")


BROKEN: dict[str, tuple[Callable[[Path, str], None], str]] = {
    "corrupt": (corrupt, "the weights are corrupt"),
    "invalid": (invalid, "decoding.preset"),
    "raising": (raising, "OSError: it raises"),
    "large": (too_large, "memory is short: 250 workers"),
    "nan": (not_finite, "as one whose values are NaN"),
}
