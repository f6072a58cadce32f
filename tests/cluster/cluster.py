"""A cluster that is there, through any KUBECONFIG: kubectl, and releases by Helm's own engine."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import helm_python

from benchmark.servers.ports import free_ports
from helm.readme import CHART
from tests.helm.rendering import Json

RELEASE = "ki67"
READY_S = 600


def find_kubectl() -> str | None:
    """Return kubectl: that of the path, else that of the cluster's tools."""
    home = Path(os.environ.get("KI67_CLUSTER_HOME", Path.home() / ".cache" / "ki67-cluster"))
    return shutil.which("kubectl") or shutil.which("kubectl", path=str(home / "bin"))


@dataclass(frozen=True)
class Cluster:
    """One namespace of a cluster."""

    kubeconfig: Path
    kubectl_program: str
    namespace: str

    def kubectl(self, *words: str, text: str | None = None, seconds: float = READY_S) -> str:
        """Run kubectl in the namespace; raises CalledProcessError, whose notes tell what it said."""
        command = [self.kubectl_program, "--namespace", self.namespace, *words]
        done = subprocess.run(
            command,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
            error.add_note(done.stderr)
            raise error
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that speak to the cluster."""
        folder = str(Path(self.kubectl_program).parent)
        path = os.pathsep.join((folder, os.environ.get("PATH", os.defpath)))
        return os.environ | {"KUBECONFIG": str(self.kubeconfig), "PATH": path}

    def get(self, *words: str) -> Json:
        """Return an object, or a list of them."""
        return dict(json.loads(self.kubectl("get", *words, "-o", "json")))

    def apply(self, *objects: Json) -> None:
        """Make objects."""
        self.kubectl(
            "apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )

    def pods(self, component: str) -> list[str]:
        """Return the names of a component's pods that are not ending."""
        found = self.get("pods", "-l", f"app.kubernetes.io/component={component}")["items"]
        return [each["metadata"]["name"] for each in found if "deletionTimestamp" not in each["metadata"]]

    def rolled_out(self, *components: str) -> None:
        """Wait until all pods of components are new and ready."""
        for component in components:
            self.kubectl("rollout", "status", f"deployment/{RELEASE}-{component}", f"--timeout={READY_S}s")

    @contextmanager
    def releases(self) -> Iterator[helm_python.Config]:
        """Open Helm's engine for this namespace."""
        with helm_python.Config(kubeconfig_path=str(self.kubeconfig), namespace=self.namespace) as config:
            yield config

    def helm(self, verb: str, values: Json | None = None, **more: Any) -> Any:
        """Install or upgrade the release; waits until everything is ready unless told otherwise."""
        wait = (
            {} if "dry_run" in more or more.pop("at_once", False) else {"wait": "watcher", "timeout": READY_S}
        )
        with self.releases() as config:
            return getattr(config, verb)(
                CHART, RELEASE, values or {}, namespace=self.namespace, **wait, **more
            )

    def versions(self, *verb: str) -> str:
        """Run the versions command in the cluster."""
        command = [str(CHART.parent / "versions"), RELEASE, *verb, "--namespace", self.namespace]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=READY_S, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def forwarded(self, service: str, port: int) -> Iterator[str]:
        """Make a Service's port reachable from here; gives its address."""
        (local,) = free_ports(1)
        words = ("port-forward", f"service/{service}", f"{local}:{port}")
        process = subprocess.Popen(
            [self.kubectl_program, "--namespace", self.namespace, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        try:
            assert b"Forwarding" in process.stdout.readline()
            yield f"http://127.0.0.1:{local}"
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait; raises TimeoutError that says for what."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(1)
