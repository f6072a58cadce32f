"""A TorchServe of our own: archives in, a running server out, its workers' process ids included."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.errors import CannotMeasureError
from benchmark.places import NAME
from benchmark.servers.guarded import Guarded, guarded
from benchmark.servers.ports import free_ports
from benchmark.servers.target import TorchServeTarget
from model_store.serve import NotReadyError, Ports, describe, prepare, read_keys, wait_until_ready

START_S = 240.0


@dataclass(frozen=True)
class TorchServe:
    """One running server with one model; `process` is the JVM."""

    ports: Ports
    folder: Path
    process: Guarded | None
    name: str
    version: str

    @property
    def target(self) -> TorchServeTarget:
        """Where its model is asked."""
        path = f"/predictions/{self.name}/{self.version}"
        return TorchServeTarget(self.ports.inference, path, read_keys(self.folder).inference)

    def describe(self) -> dict[str, Any]:
        """Return what the management API tells about the model."""
        return describe(self.ports, read_keys(self.folder), self.name, self.version)

    def worker_pids(self) -> list[int]:
        """Return the process ids of the model's workers."""
        return [int(worker["pid"]) for worker in self.describe()["workers"]]


@contextmanager
def running_torchserve(
    archives: Sequence[Path], folder: Path, version: str, name: str = NAME
) -> Iterator[TorchServe]:
    """Start, wait until the model can score, and stop at the end; raises CannotMeasureError."""
    ports = Ports(*free_ports(3))
    launch = prepare(ports, folder, archives)
    log = folder.resolve().with_name(f"{folder.name}.log")
    with guarded(launch.command, launch.folder, launch.environment, log) as process:
        try:
            wait_until_ready(ports, folder, START_S, name=name, is_running=process.is_running)
        except NotReadyError as error:
            raise CannotMeasureError(f"{error}; the end of its log: {_end_of(log)}") from error
        yield TorchServe(ports, folder, process, name, version)


def _end_of(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return text.strip()[-500:]
