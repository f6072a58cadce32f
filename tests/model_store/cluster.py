"""A small cluster on this machine: a real gateway over HTTP, TorchServes as their containers start them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr
from werkzeug.serving import make_server

from benchmark.servers.ports import free_ports
from gateway import create_app
from gateway.settings import Settings
from model_store.archive import ROOT
from model_store.replica import Replica
from model_store.routes import Gateway
from tests.model_store.made import COLOUR

OPERATOR_KEY = f"ki67op_{'0a' * 6}_{'o' * 43}"
START_S = 240.0


class Pod:
    """One TorchServe that follows the gateway, with a folder of archives of its own."""

    def __init__(self, folder: Path, archives: Path, gateway_url: str, key_file: Path) -> None:
        self.archives, self.folder = archives, folder
        inference, management, metrics = free_ports(3)
        self.url, self.management_url = (f"http://127.0.0.1:{port}" for port in (inference, management))
        self.replica = Replica(self.management_url, None, self.url)
        told = {
            "KI67_VAR": folder,
            "KI67_ARCHIVES": archives,
            "KI67_VERSIONS": COLOUR,
            "KI67_TOKENS": "off",
            "KI67_GATEWAY_URL": gateway_url,
            "KI67_OPERATOR_KEY_FILE": key_file,
            "KI67_TORCHSERVE_INFERENCE_PORT": inference,
            "KI67_TORCHSERVE_MANAGEMENT_PORT": management,
            "KI67_TORCHSERVE_METRICS_PORT": metrics,
        }
        self._environment = os.environ | {name: str(value) for name, value in told.items()}
        self._ports = ("--inference-port", str(inference), "--management-port", str(management))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_s: float = START_S) -> None:
        """Start, and wait until a probe says ready."""
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "model_store.container"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        wait_until(self.is_ready, timeout_s)

    def is_ready(self) -> bool:
        """Ask as a readiness probe does."""
        command = [sys.executable, "-m", "model_store.ready", *self._ports]
        return subprocess.run(command, cwd=ROOT, env=self._environment, check=False).returncode == 0

    def stop(self) -> int | None:
        """End it as a cluster does and return the exit status; None where it does not run."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        status, self._process = self._process.wait(timeout=60), None
        return status

    def close(self) -> None:
        """End it, and what speaks to it."""
        self.stop()
        self.replica.close()

    def versions(self) -> list[str]:
        """Return the versions it has."""
        return sorted(each["modelVersion"] for each in self.replica.all())

    def score(self, version: str, image: bytes) -> httpx2.Response:
        """Send an image without any key."""
        return httpx2.post(f"{self.url}/predictions/ki67/{version}", content=image, timeout=60)

    def log(self) -> str:
        """Return what it has written."""
        return (self.folder / "log").read_text("utf-8", "replace")


class Cluster:
    """Gateway, pods, and the operator's command over all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.key_file = folder / "operator-key"
        self.key_file.write_text(OPERATOR_KEY)
        (self._port,) = free_ports(1)
        self.gateway_url = f"http://127.0.0.1:{self._port}"
        self.gateway = Gateway(self.gateway_url, self.key_file)
        self.pods: list[Pod] = []

    def add_pod(self, archives: Path) -> Pod:
        """Return another pod; it is not started."""
        pod = Pod(self._folder / f"pod-{len(self.pods)}", archives, self.gateway_url, self.key_file)
        self.pods.append(pod)
        return pod

    @contextmanager
    def running_gateway(self) -> Iterator[None]:
        """Prepare a database and serve the gateway."""
        settings = Settings(
            secret=SecretStr("a secret of the tests, longer than 32 characters"),
            var_folder=self._folder / "gateway",
            model_version=COLOUR,
        )
        app = create_app(settings)
        prepared = app.test_cli_runner().invoke(
            args=["prepare-database", "--operator-key-file", str(self.key_file)]
        )
        assert prepared.exit_code == 0, prepared.output
        server = make_server("127.0.0.1", self._port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def __call__(self, *words: str, archives: Path, status: int = 0) -> str:
        """Run a verb of the versions command over all pods, and return what it says."""
        options = [word for pod in self.pods for word in ("--management-url", pod.management_url)]
        options += ["--gateway-url", self.gateway_url, "--operator-key", str(self.key_file)]
        command = [
            sys.executable,
            "-m",
            "model_store.versions",
            *options,
            "--archives",
            str(archives),
            *words,
        ]
        environment: dict[str, Any] = os.environ | {"KI67_TORCHSERVE_HEADLESS": "localhost"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def close(self) -> None:
        """End what still runs."""
        for pod in self.pods:
            pod.close()
        self.gateway.close()


def wait_until(holds: Callable[[], bool], timeout_s: float) -> None:
    """Wait until something holds."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)
