"""Where the project and its versions lie."""

import hashlib
from pathlib import Path

from model_store.archive import CONFIG, NAME, SPEC, WEIGHTS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "images" / "performance.png"

SERVING = ("handler", "model_store", "gateway", "stack", "benchmark")
"""Packages whose code the figures depend on."""

RUNS = ROOT / "runs"
"""Where trainings and quantisations leave what they make."""

__all__ = [
    "CONFIG",
    "DOCUMENT",
    "NAME",
    "PICTURE",
    "ROOT",
    "RUNS",
    "SPEC",
    "WEIGHTS",
    "configuration",
    "version_folder",
]


def version_folder(version: str) -> Path:
    """Return the folder of one version of the model."""
    return ROOT / "model_store" / NAME / version


def configuration(folder: Path, root: Path = ROOT) -> str:
    """Return the SHA-256 of what is measured: recipe, weights and settings of a version, and the code."""
    measured = [folder / name for name in (CONFIG, SPEC, WEIGHTS)]
    code = (path for name in SERVING for path in (root / name).rglob("*.py"))
    digest = hashlib.sha256()
    for path in (*measured, *sorted(code)):
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
