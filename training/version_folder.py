"""Version folders of `model_store`: which there are, and a new one from its parts."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from handler.spec import ModelSpec

VERSIONS = Path("model_store/ki67")
DEFAULT_VERSION = VERSIONS / "1.1"
"""What commands measure, draw and train unless told."""
WEIGHTS, SPEC, CONFIG, CARD, METRICS = (
    "weights.safetensors",
    "spec.json",
    "model-config.yaml",
    "MODEL_CARD.md",
    "metrics.json",
)
_SHIPPED = re.compile(r"\d+(\.\d+)+")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


class VersionError(ValueError):
    """A version's name or folder cannot be used; the message says what to do."""


def newest_shipped(versions: Path = VERSIONS) -> Path:
    """Return the folder of the highest version of plain numbers; raises VersionError where there is none."""
    found = [path.parent for path in versions.glob(f"*/{WEIGHTS}") if _SHIPPED.fullmatch(path.parent.name)]
    if not found:
        raise VersionError(f"{versions} holds no version with weights; name one with --parent")
    return max(found, key=lambda path: [int(part) for part in path.name.split(".")])


def find_version(name: str | None, versions: Path = VERSIONS) -> Path:
    """Return the folder of a version by name or path, the newest shipped one without; raises VersionError."""
    if name is None:
        return newest_shipped(versions)
    for folder in (versions / name, Path(name)):
        if (folder / WEIGHTS).is_file() and (folder / SPEC).is_file():
            return folder
    raise VersionError(f"{name} is no version: neither in {versions} nor a folder with {SPEC} and {WEIGHTS}")


def new_folder(version: str, output: Path | None, made_by: str, replaces: bool) -> Path:
    """Return where a version will lie.

    Raises VersionError where the name will not do as a version's, or the folder is taken; `replaces` lets
    one go whose metrics say that the same command, `made_by`, wrote it.
    """
    if not _NAME.fullmatch(version):
        raise VersionError(f"{version!r} is no name of a version: letters, digits, dot, dash, underscore")
    folder = output or VERSIONS / version
    if folder.exists() and any(folder.iterdir()):
        if not replaces:
            raise VersionError(f"{folder} is there already; choose another VERSION, or --replace it")
        if read_metrics(folder).get("made_by") != made_by:
            raise VersionError(f"{folder} was not made by {made_by} and is not replaced")
    return folder


def read_metrics(folder: Path) -> dict[str, Any]:
    """Return the metrics of a version, none where they cannot be read."""
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return metrics if isinstance(metrics, dict) else {}


def write_spec(folder: Path, spec: ModelSpec) -> None:
    """Write `spec.json`."""
    write_json(folder / SPEC, asdict(spec))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, indented."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_version(
    folder: Path, spec: ModelSpec, weights: Path, config: Path, card: str, metrics: Mapping[str, Any]
) -> None:
    """Write all files of a version; `config` is the `model-config.yaml` to serve it with."""
    folder.mkdir(parents=True, exist_ok=True)
    write_spec(folder, spec)
    if weights != folder / WEIGHTS:
        shutil.copyfile(weights, folder / WEIGHTS)
    shutil.copyfile(config, folder / CONFIG)
    (folder / CARD).write_text(card, encoding="utf-8")
    write_json(folder / METRICS, metrics)
