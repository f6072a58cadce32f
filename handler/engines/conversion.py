"""Converts a network to OpenVINO's format: its spec and weights in, `network.xml` and `network.bin` out.

    python -m handler.engines.conversion SPEC-AS-JSON WEIGHTS FOLDER

Runs in a process of its own: it needs PyTorch, which the worker that only scores then never loads.
"""

import argparse
import json
import subprocess
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from handler.spec import NetworkSpec

NETWORK = "network.xml"
TIMEOUT_S = 600.0
_TRACED_PX = 64
_CHECKED_SHAPE = (1, 96, 160, 3)
_MOST_LEVELS = 2


class ConversionError(RuntimeError):
    """The network could not be converted; the message says why."""


def convert_in_child(spec: NetworkSpec, weights: Path, folder: Path) -> None:
    """Run this module in another process; raises ConversionError."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "handler.engines.conversion", json.dumps(asdict(spec))]
    command += [str(weights.resolve()), str(folder.resolve())]
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, cwd=root, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConversionError(f"the conversion for OpenVINO did not end: {type(error).__name__}") from error
    if finished.returncode != 0:
        last = finished.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ConversionError(f"the conversion for OpenVINO failed: {last[0][:300]}")


def convert(spec: NetworkSpec, weights: Path, folder: Path) -> Path:
    """Write the folded network, for tiles of any number and size, and return the path of its description."""
    import torch  # noqa: PLC0415 - only where something is converted

    from handler.engines.module import load_module  # noqa: PLC0415
    from handler.engines.runtime import openvino  # noqa: PLC0415

    module = load_module(spec, weights, folded=True)
    example = torch.zeros((1, _TRACED_PX, _TRACED_PX, 3), dtype=torch.uint8)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracer's remarks on shapes that are constant by design
        model = openvino.convert_model(module, example_input=example)
    model.reshape([-1, -1, -1, 3])
    _check(openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}), module)
    target = folder / NETWORK
    openvino.save_model(model, target, compress_to_fp16=False)
    return target


def _check(compiled: Any, module: Any) -> None:
    """Raise ConversionError where the copy answers otherwise: tracing loses what depends on values."""
    import torch  # noqa: PLC0415

    tiles = np.random.default_rng(0).integers(0, 256, _CHECKED_SHAPE, np.uint8)
    try:
        copied = compiled([tiles])[0].astype(int)
    except RuntimeError as error:
        raise ConversionError("the converted network does not run on tiles of another size") from error
    with torch.inference_mode():
        expected = module(torch.from_numpy(tiles)).numpy()
    if copied.shape != expected.shape or np.abs(copied - expected).max() > _MOST_LEVELS:
        raise ConversionError("the converted network does not compute the same")


def _network_spec(text: str) -> NetworkSpec:
    read = json.loads(text)
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in read.items()}
    return NetworkSpec(**values)


def main(arguments: list[str]) -> int:
    """Convert as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m handler.engines.conversion", description=__doc__)
    parser.add_argument("spec", type=_network_spec)
    for name in ("weights", "folder"):
        parser.add_argument(name, type=Path)
    chosen = parser.parse_args(arguments)
    try:
        convert(chosen.spec, chosen.weights, chosen.folder)
    except (RuntimeError, ValueError, OSError) as error:
        sys.stderr.write(f"{type(error).__name__}: {str(error).splitlines()[0]}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
