"""Keeps a few services running, and stops them all together.

In: services in the order in which they start. Out: running processes, restarted when they die (a little
later each time), stopped in the opposite order. Not thread-safe: one loop calls `tend` and `stop`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from stack import guard

KILL_MARGIN_S = 2.0
"""A guard kills its command after the grace; the supervisor kills a guard that takes this much longer."""


@dataclass(frozen=True)
class Service:
    """A command to keep running in `folder` with exactly `environment`.

    `before_start` runs ahead of every start and restart. `grace_s`: seconds from SIGTERM to SIGKILL.
    `log_bytes`: the log is rotated at this size, and one old file is kept.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    before_start: Callable[[], object] = lambda: None
    grace_s: float = 10.0
    log_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True)
class Backoff:
    """Seconds before a restart: `first_s`, doubled by each early death up to `longest_s`.

    A service that has run for `stable_s` is forgiven its earlier deaths.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    stable_s: float = 60.0

    def delay_s(self, deaths: int) -> float:
        """Return the pause before the restart that follows so many deaths in a row."""
        return min(self.longest_s, self.first_s * 2.0 ** min(deaths - 1, 16))


class SupervisedProcess:
    """One service's process, now running or waiting to be restarted."""

    def __init__(self, service: Service, backoff: Backoff) -> None:
        self.service, self._backoff = service, backoff
        self.deaths = 0
        self._start_at: float | None = None
        self._launch()

    @property
    def pid(self) -> int:
        """Process id of the guard that runs the command."""
        return self._guard.pid

    def tend(self) -> str | None:
        """Restart what died once its pause is over; return a sentence where there is news."""
        if self._start_at is not None:
            return self._restart() if time.monotonic() >= self._start_at else None
        status = self._guard.poll()
        return None if status is None else self._postpone(f"ended with status {status}")

    def ask_to_stop(self, *, at_once: bool = False) -> None:
        """Ask for the end within the grace, or without any."""
        self._start_at = None
        if self._guard.poll() is None:
            self._guard.send_signal(signal.SIGINT if at_once else signal.SIGTERM)

    def wait(self) -> None:
        """Wait for the end, for the grace at most."""
        try:
            self._guard.wait(self.service.grace_s + KILL_MARGIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()

    def _restart(self) -> str | None:
        self._start_at = None
        try:
            self._launch()
        except Exception as error:  # what is missing or broken now may be there at the next attempt
            return self._postpone(f"cannot start ({getattr(error, 'strerror', None) or error})")
        return None

    def _postpone(self, what: str) -> str:
        lived_s = time.monotonic() - self._started_at
        self.deaths = 1 if lived_s >= self._backoff.stable_s else self.deaths + 1
        pause_s = self._backoff.delay_s(self.deaths)
        self._start_at = time.monotonic() + pause_s
        name, log = self.service.name, self.service.log
        return f"{name} {what}; it starts again in {pause_s:.1f} s (see {log})"

    def _launch(self) -> None:
        service = self.service
        options = ["--log", str(service.log.resolve()), "--log-bytes", str(service.log_bytes)]
        options += ["--grace", str(service.grace_s), "--supervisor", str(os.getpid())]
        self._started_at = time.monotonic()
        service.before_start()
        self._guard = subprocess.Popen(  # noqa: S603 - our own guard
            [sys.executable, "-I", guard.__file__, *options, "--", *service.command],
            cwd=service.folder,
            env=dict(service.environment),
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
        )


class Supervisor:
    """All processes; as a context manager it stops them on the way out."""

    def __init__(self, say: Callable[[str], None], backoff: Backoff | None = None) -> None:
        self.processes: list[SupervisedProcess] = []
        self._say, self._backoff = say, backoff or Backoff()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, service: Service) -> None:
        """Start one more service."""
        self.processes.append(SupervisedProcess(service, self._backoff))

    def tend(self) -> None:
        """Look after every process once; call this a few times a second."""
        for process in self.processes:
            if news := process.tend():
                self._say(news)

    def stop(self) -> None:
        """Stop all, last started first, each within its grace."""
        for process in reversed(self.processes):
            process.ask_to_stop()
            process.wait()
        self.processes.clear()

    def kill(self) -> None:
        """Cut short a `stop` that is under way: no process is given more time."""
        for process in self.processes:
            process.ask_to_stop(at_once=True)
