"""Runs containers as the chart does: not as root, without capabilities, with two folders to write to."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmark.servers.ports import free_ports
from stack.images import SCRIPTS, builder

USER = "10001:10001"
AS_THE_CHART = (
    *("--user", USER),
    "--read-only",
    *("--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges"),
    *("--tmpfs", "/tmp:rw,mode=1777"),  # noqa: S108 - of the container
    "--no-healthcheck",
)
VAR = "/var/lib/ki67"
_MINUTES_S = 600


class Containers:
    """The container tool that is here."""

    def __init__(self, folder: Path) -> None:
        begun = builder()[0]
        scripts = os.environ.get(SCRIPTS)
        self._run = [str(Path(scripts) / "run-image")] if scripts else [begun, "run", "--network", "host"]
        self._tool = [str(Path(scripts) / "run-image"), "--podman"] if scripts else [begun]
        self._folder = folder

    def var(self, name: str) -> Path:
        """Return a folder that the containers' user may write to."""
        folder = self._folder / name
        if not folder.is_dir():
            folder.mkdir()
            os.chown(folder, 10001, 10001)
        return folder

    def run(self, image: str, *command: str, var: Path, environment: Mapping[str, str]) -> str:
        """Run a command in a container to its end and return what it says."""
        options = ["--rm", *self._options(var, environment)]
        done = _done([*self._run, *options, image, *command])
        return done.stdout + done.stderr

    @contextmanager
    def started(
        self, name: str, image: str, *command: str, var: Path, environment: Mapping[str, str]
    ) -> Iterator["Container"]:
        """Start a container, which is removed afterwards whatever becomes of it."""
        options = ["--detach", "--name", name, *self._options(var, environment)]
        _done([*self._run, *options, image, *command])
        try:
            yield Container(self._tool, name)
        finally:
            _done([*self._tool, "rm", "--force", name], check=False)

    def inspected(self, image: str, template: str) -> str:
        """Return a fact about an image."""
        return _done([*self._tool, "image", "inspect", "--format", template, image]).stdout.strip()

    def _options(self, var: Path, environment: Mapping[str, str]) -> list[str]:
        named = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
        return [*AS_THE_CHART, "--volume", f"{var}:{VAR}", *named]


class Container:
    """One that runs."""

    def __init__(self, tool: list[str], name: str) -> None:
        self._tool, self._name = tool, name

    def succeeds(self, *command: str) -> bool:
        """Run a command inside, as a probe does, and tell whether it succeeded."""
        return _done([*self._tool, "exec", self._name, *command], check=False).returncode == 0

    def execute(self, *command: str) -> str:
        """Run a command inside and return what it says."""
        done = _done([*self._tool, "exec", self._name, *command], check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def signal(self, name: str = "TERM") -> None:
        """Send a signal to the first process."""
        _done([*self._tool, "kill", "--signal", name, self._name])

    def wait(self) -> int:
        """Wait until it has ended and return its exit status."""
        return int(_done([*self._tool, "wait", self._name]).stdout)

    def is_running(self) -> bool:
        """Tell whether it has not ended."""
        template = "{{.State.Running}}"
        return _done([*self._tool, "inspect", "--format", template, self._name]).stdout.strip() == "true"

    def log(self) -> str:
        """Return what it has written."""
        done = _done([*self._tool, "logs", self._name], check=False)
        return done.stdout + done.stderr


def ports_of_torchserve() -> dict[str, str]:
    """Return free ports, as containers here share the machine's network."""
    names = (f"KI67_TORCHSERVE_{name}_PORT" for name in ("INFERENCE", "MANAGEMENT", "METRICS"))
    return dict(zip(names, map(str, free_ports(3)), strict=True))


def _done(command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_MINUTES_S, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done
