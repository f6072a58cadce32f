"""Starts a real TorchServe for tests, on free ports and in a folder of its own."""

import signal
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from benchmark.servers.ports import free_ports
from model_store import DEFAULT_VERSION
from model_store.serve import Keys, Ports, describe, prepare, read_keys, supervised, wait_until_ready

START_S = 240.0
ANSWER_S = 240.0


class RunningTorchServe:
    """One TorchServe; `start` and `stop` may be called again, ports and folder stay."""

    def __init__(
        self,
        folder: Path,
        archives: Iterable[Path],
        *,
        version: str = DEFAULT_VERSION,
        supervised: bool = False,
        model_api: bool = False,
    ) -> None:
        self.folder = folder
        self.ports = Ports(*free_ports(3))
        self.log = folder.with_name(folder.name + ".log")
        self._archives = list(archives)
        self._version, self._supervised, self._model_api = version, supervised, model_api
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def keys(self) -> Keys:
        return read_keys(self.folder)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process that was started; None before, and after `stop`."""
        return self._process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.inference}/predictions/ki67/{self._version}"

    def start(self) -> None:
        """Start and wait until the model can score."""
        launch = prepare(self.ports, self.folder, self._archives, model_api=self._model_api)
        if self._supervised:
            launch = supervised(launch, self.ports)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                launch.command,
                env=dict(launch.environment),
                cwd=launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._process = process
        wait_until_ready(self.ports, self.folder, START_S, is_running=lambda: process.poll() is None)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the server, kindly or not, and wait for it."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=30)
        self._process = None

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return [int(worker["pid"]) for worker in describe(self.ports, self.keys)["workers"]]

    def post(self, image: bytes, headers: Mapping[str, str] | None = None, **more: Any) -> httpx2.Response:
        """Send one image as a body of bytes, with the key, and return the answer whatever its status."""
        named = {"Authorization": f"Bearer {self.keys.inference}", "Content-Type": "application/octet-stream"}
        return httpx2.post(
            self.url, content=image, headers=named | dict(headers or {}), timeout=ANSWER_S, **more
        )
