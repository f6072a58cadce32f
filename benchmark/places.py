"""Where the project and its versions lie."""

from pathlib import Path

from model_store.archive import CONFIG, NAME, SPEC, WEIGHTS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "images" / "performance.png"

RUNS = ROOT / "runs"
"""Where trainings and quantisations leave what they make."""

__all__ = ["CONFIG", "DOCUMENT", "NAME", "PICTURE", "ROOT", "RUNS", "SPEC", "WEIGHTS", "version_folder"]


def version_folder(version: str) -> Path:
    """Return the folder of one version of the model."""
    return ROOT / "model_store" / NAME / version
