"""`make run`: starts everything, says when it is ready, keeps it running, stops it all on Ctrl-C.

Flow: settings -> preflight -> archive, database -> services -> ready -> tending until a signal. Exit status
0 after a signal, 1 with one sentence where it cannot start, 2 for wrong settings.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx2
from pydantic import ValidationError

from model_store import serve
from model_store.archive import ArchiveError
from stack import preflight, services
from stack.preflight import PreflightError
from stack.services import SetupError
from stack.settings import StackSettings, describe
from stack.supervisor import Supervisor
from stack.terminal import Terminal, greeting

TEND_EVERY_S = 0.25
OWNER_ONLY = 0o077
"""The umask of all that is started here: records name files and logs tell of them."""

DEATHS_AT_START = 3
"""A service that has died so often before all were ready will not come up by itself."""


class StartError(Exception):
    """The services do not become ready; the message is a sentence."""


class StoppedError(Exception):
    """A signal asked to stop."""


class Run:
    """One run of the three services."""

    def __init__(self, settings: StackSettings, terminal: Terminal) -> None:
        self._settings, self._terminal = settings, terminal
        self._stop = threading.Event()
        self._supervisor = Supervisor(terminal.say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def until_stopped(self) -> None:
        """Start, tend, and stop at a signal; nothing runs any more afterwards, whatever happens."""
        with self._supervisor:
            try:
                self._start()
                self._wait_until_ready()
                self._terminal.say(greeting(self._settings))
                while True:
                    self._tend()
            except StoppedError:
                self._terminal.say("Stopping; Ctrl-C again does not wait.")

    def _start(self) -> None:
        settings = self._settings
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Building the model archives and starting TorchServe", self._start_torchserve),
            ("Preparing the database", lambda: services.make_secret(settings)),
            ("", lambda: services.prepare_database(settings)),
            ("Starting the worker", lambda: self._supervisor.start(services.worker(settings))),
            ("Starting the gateway", lambda: self._supervisor.start(services.gateway(settings))),
        )
        for text, step in steps:
            if text:
                self._terminal.say(text)
            self._take(step)

    def _take(self, step: Callable[[], object]) -> None:
        """Do one step; Ctrl-C, which reaches the commands of a step too, is no failure of theirs."""
        try:
            step()
        except (SetupError, ArchiveError):
            if not self._stop.is_set():
                raise
        if self._stop.is_set():
            raise StoppedError

    def _start_torchserve(self) -> None:
        self._supervisor.start(services.torchserve(self._settings, self._terminal.say))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._settings.ki67_start_timeout_s
        with self._terminal.waiting() as show:
            while waits_for := self._waits_for():
                if time.monotonic() > deadline:
                    raise StartError(f"Not ready in time: {waits_for}; see {self._settings.var / 'log'}.")
                show(waits_for)
                self._tend()
                self._give_up_on_the_dying()

    def _waits_for(self) -> str | None:
        """Say what is not ready yet; None where all is."""
        settings = self._settings
        if not serve.is_ready(services.torchserve_ports(settings), services.torchserve_folder(settings)):
            return "TorchServe loads the model"
        return None if _answers(f"{settings.gateway_url}/readyz") else "the gateway starts"

    def _tend(self) -> None:
        self._supervisor.tend()
        if self._stop.wait(TEND_EVERY_S):
            raise StoppedError

    def _give_up_on_the_dying(self) -> None:
        for process in self._supervisor.processes:
            if process.deaths >= DEATHS_AT_START:
                name, log = process.service.name, process.service.log
                raise StartError(f"{name} keeps ending; the last line of {log} is: {_last_line(log)}")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            self._supervisor.kill()
        self._stop.set()


def main(arguments: list[str]) -> int:
    """Run until stopped and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="make run",
        description="Start TorchServe, gateway and worker on this machine; Ctrl-C stops them.",
        epilog="Environment variables:\n"
        + describe()
        + "\n  GATEWAY_*   see the README's configuration table",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    try:
        settings = StackSettings()
    except ValidationError as error:
        return _fail(_first_problem(error), status=2)
    os.umask(OWNER_ONLY)
    try:
        preflight.check(settings)
        with preflight.lock(settings.var):
            Run(settings, Terminal()).until_stopped()
    except (PreflightError, SetupError, StartError, ArchiveError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or settings.var}.")
    return 0


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=2.0, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "empty")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{str(problem['loc'][0]).upper()}: {problem['msg']}; `make run` does not start with it."


def _fail(sentence: str, status: int = 1) -> int:
    sys.stderr.write(f"make run: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
