"""Runs an archive in a process of its own before TorchServe hears of it: what breaks, breaks here.

    python -m model_store.rehearsal ARCHIVE     (the child; `rehearse` starts it)

Flow: archive -> unpacked -> its own code loads the network and scores a drawn field of real size -> what it
tells of itself. The network also runs once in PyTorch, to see values that are not finite before they are
rounded to bytes. Politely: at low priority and on one core, as a server works beside it.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from model_store.failures import RefusedError

TIMEOUT_S = 300.0
_MARK = "rehearsal: "


def rehearse(archive: Path, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """Return what the archive tells of itself; raises RefusedError with the reason why it would not serve."""
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="ki67-rehearsal-") as scratch:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "model_store.rehearsal", str(archive.resolve()), scratch],
                cwd=scratch,
                env=_environment(root),
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RefusedError(f"{archive.name} was not ready within {timeout_s:g} s when tried") from error
    told = [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not told:
        raise RefusedError(f"{archive.name} fails when tried: {_reason(done)}")
    found: dict[str, Any] = json.loads(told[-1])
    return found


def _environment(root: Path) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("HOME", "PATH", "LANG", "CUDA_VISIBLE_DEVICES")
        if name in os.environ
    }
    return kept | {
        "PYTHONPATH": str(root),
        "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of a traceback, which names the error."""
    if done.returncode < 0:
        return f"signal {-done.returncode} ended it; is memory short?"
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1][:400] if lines else f"status {done.returncode}"


def _run(archive: Path, scratch: Path) -> dict[str, Any]:
    """Load, warm up and describe as TorchServe's worker does, with the archive's own code alone."""
    folder = scratch / "archive"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if not _is_project(path))]
    entry = importlib.import_module("ki67_entry")  # of the archive
    context = SimpleNamespace(
        system_properties={"model_dir": str(folder), "gpu_id": None},
        model_yaml_config=yaml.safe_load((folder / "model-config.yaml").read_text(encoding="utf-8")),
        metrics=None,
    )
    handler = entry.Ki67Entry()
    handler.initialize(context)
    told: dict[str, Any] = handler.describe_handle()
    _refuse_what_is_not_finite(folder)
    return told


def _refuse_what_is_not_finite(folder: Path) -> None:
    """Raise ValueError where the network's outputs of the drawn field are not all finite numbers."""
    import torch  # noqa: PLC0415 - of the child alone

    from handler.example import draw_example  # noqa: PLC0415
    from handler.network import build_network, load_weights  # noqa: PLC0415
    from handler.spec import ModelSpec  # noqa: PLC0415

    spec = ModelSpec.from_file(folder / "spec.json").network
    network = build_network(spec).eval()
    load_weights(network, folder / "weights.safetensors")
    pixels = torch.from_numpy(draw_example(256)).permute(2, 0, 1)[None].float() / 255.0
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (spec.mean, spec.std))
    with torch.inference_mode():
        if not torch.isfinite(network((pixels - mean) / std)).all():
            raise ValueError("the network's outputs are not finite numbers (NaN or infinite)")


def _is_project(path: str) -> bool:
    return (Path(path) / "model_store").is_dir()


if __name__ == "__main__":
    os.nice(19)  # after the workers that answer, too (handler.priority)
    sys.stdout.write(_MARK + json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
