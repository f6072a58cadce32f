"""The whole of `make run`: a version in, TorchServe, gateway and worker out, on free ports."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmark.errors import CannotMeasureError
from benchmark.places import NAME, ROOT
from benchmark.servers.guarded import Guarded, guarded
from benchmark.servers.ports import free_ports, wait_for_200
from benchmark.servers.target import GatewayTarget
from benchmark.servers.torchserve import TorchServe
from model_store.serve import NotReadyError, Ports, wait_until_ready

START_S = 300.0
_PORTS = (
    "KI67_TORCHSERVE_INFERENCE_PORT",
    "KI67_TORCHSERVE_MANAGEMENT_PORT",
    "KI67_TORCHSERVE_METRICS_PORT",
    "GATEWAY_PORT",
)


@dataclass(frozen=True)
class Whole:
    """The running services."""

    torchserve: TorchServe
    gateway: GatewayTarget
    var: Path
    process: Guarded


@contextmanager
def running_whole(
    folder: Path, version: str, further: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Whole]:
    """Start all with `further` settings, wait until images are scored; raises CannotMeasureError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ports, var = free_ports(4), folder / "var"
    settings = dict(zip(_PORTS, map(str, ports), strict=True))
    settings |= {"KI67_VAR": str(var), "KI67_VERSIONS": version, "GATEWAY_MODEL_VERSION": version}
    command = (sys.executable, "-m", "stack.run")
    with guarded(command, ROOT, _environment() | settings | dict(further), folder / "run.log") as process:
        try:
            served, keys = Ports(*ports[:3]), var / "torchserve"
            wait_until_ready(served, keys, START_S, is_running=process.is_running)
            wait_for_200(ports[3], "/readyz", START_S, process.is_running)
            torchserve = TorchServe(served, keys, None, NAME, version)
            key = (var / "api-key").read_text(encoding="utf-8").strip()
        except (CannotMeasureError, NotReadyError, OSError) as error:
            raise CannotMeasureError(f"`make run` does not come up: {error}; see its log") from error
        yield Whole(torchserve, GatewayTarget(ports[3], key), var, process)


def _environment() -> dict[str, str]:
    """Return our environment without what would point the services elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "KI67_"))}
