"""A process that does not outlive this one: command in, running process out, ended with all its children.

The guard of `make run` does the work: it kills what is left of the command's group, also where this
process was killed itself.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from stack import guard

GRACE_S = 60.0
LOG_BYTES = 16 * 2**20
_KILL_MARGIN_S = 5.0


class Guarded:
    """A running command."""

    def __init__(self, guard_process: subprocess.Popen[bytes], log: Path) -> None:
        self._guard, self.log = guard_process, log

    def is_running(self) -> bool:
        """Tell whether the command has not ended."""
        return self._guard.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the command itself; raises IndexError where it has ended."""
        return psutil.Process(self._guard.pid).children()[0].pid

    def stop(self) -> None:
        """Ask for the end, wait for it, and enforce it."""
        if self.is_running():
            self._guard.send_signal(signal.SIGTERM)
        try:
            self._guard.wait(GRACE_S + _KILL_MARGIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait(_KILL_MARGIN_S)


@contextmanager
def guarded(
    command: tuple[str, ...], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Guarded]:
    """Run `command` in `folder` with exactly `environment` until the block ends."""
    options = ["--log", str(log), "--log-bytes", str(LOG_BYTES), "--grace", str(GRACE_S)]
    process = subprocess.Popen(  # noqa: S603 - our own servers
        [sys.executable, "-I", guard.__file__, *options, "--supervisor", str(os.getpid()), "--", *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the servers in order
    )
    running = Guarded(process, log)
    try:
        yield running
    finally:
        running.stop()
