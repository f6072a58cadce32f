"""`python -m loadtest.raw FOLDER --when before`: measures the network alone, and adds it to FOLDER/raw.json.

The engine is the one that TorchServe's workers build on this machine's processor, fed with crops of 256 x 256
by all its lanes, and nothing else must run meanwhile. It lives in a process of its own, so that neither load
nor service carries its memory: a runner calls `measure_beside`.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before PyTorch: as the server does for its workers

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from pydantic import TypeAdapter

from benchmark.engines import label, served_engine
from benchmark.images import decode, draw_crops
from benchmark.places import ROOT, version_folder
from benchmark.raw import tiles_per_s
from loadtest.reading import RawForward, read_raw
from model_store import DEFAULT_VERSION

SECONDS = 4.0
_START_S = 180.0


def measure_beside(folder: Path, when: str, version: str = DEFAULT_VERSION, seconds: float = SECONDS) -> None:
    """Measure in a process of its own; `when` is a word such as `before`.

    Raises subprocess.SubprocessError where it fails or takes minutes.
    """
    words = ("-m", "loadtest.raw", str(folder.resolve()), "--when", when, "--version", version)
    command = [sys.executable, *words, "--seconds", str(seconds)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=_START_S + seconds)  # noqa: S603 - our own


def measure(version: str, when: str, seconds: float) -> RawForward:
    """Run the network of a version for `seconds`."""
    cv2.setNumThreads(1)
    engine = served_engine(version_folder(version))
    tiles = np.stack([decode(file) for file in draw_crops().files])
    speed = tiles_per_s(engine, tiles, seconds)
    return RawForward(when=when, engine=label(engine), tiles_per_s=speed, seconds=seconds)


def append(folder: Path, measured: RawForward) -> None:
    """Add a figure to raw.json."""
    figures = (*read_raw(folder), measured)
    text = TypeAdapter(tuple[RawForward, ...]).dump_json(figures, indent=2)
    (folder / "raw.json").write_bytes(text + b"\n")


def main(
    folder: Annotated[Path, typer.Argument(help="folder of a run", file_okay=False)],
    when: Annotated[str, typer.Option(help="a word for the moment: before, pause, after")],
    version: Annotated[str, typer.Option(help="version of the model")] = DEFAULT_VERSION,
    seconds: Annotated[float, typer.Option(help="how long", min=0.2, max=300)] = SECONDS,
) -> None:
    """Measure the network alone, here and now."""
    folder.mkdir(parents=True, exist_ok=True)
    append(folder, measure(version, when, seconds))


if __name__ == "__main__":
    typer.run(main)
