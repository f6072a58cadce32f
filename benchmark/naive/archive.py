"""Builds the naive handler's archive: a version's spec and weights in, `naive.mar` out."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from benchmark.errors import CannotMeasureError
from benchmark.places import CONFIG, SPEC, WEIGHTS

NAME, VERSION = "naive", "1.0"
HERE = Path(__file__).resolve().parent
BUILD_S = 300.0


def build_naive_archive(version: Path, destination: Path, workers: int | None = None) -> Path:
    """Build the archive in the folder `destination`; a worker a core unless told, as TorchServe has it.

    Raises CannotMeasureError where the archiver fails.
    """
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".naive-", dir=destination) as scratch:
        config = _config(Path(scratch), workers or os.cpu_count() or 1)
        _run_archiver(version, config, destination, Path(scratch))
    return destination / f"{NAME}.mar"


def _config(folder: Path, workers: int) -> Path:
    written = yaml.safe_load((HERE / CONFIG).read_text(encoding="utf-8"))
    path = folder / CONFIG
    path.write_text(
        yaml.safe_dump(written | {"minWorkers": workers, "maxWorkers": workers}), encoding="utf-8"
    )
    return path


def _run_archiver(version: Path, config: Path, destination: Path, scratch: Path) -> None:
    options = {
        "--model-name": NAME,
        "--version": VERSION,
        "--handler": HERE / "naive_entry.py",
        "--serialized-file": version / WEIGHTS,
        "--extra-files": version / SPEC,
        "--config-file": config,
        "--export-path": destination,
    }
    command = [sys.executable, "-m", "model_archiver.model_packaging", "--force"]
    command += [str(word) for pair in options.items() for word in pair]
    done = subprocess.run(  # noqa: S603 - our own interpreter and paths
        command,
        cwd=scratch,
        env=os.environ | {"TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    if done.returncode != 0:
        raise CannotMeasureError(f"the naive archive was not built: {done.stderr.strip()[-300:]}")
