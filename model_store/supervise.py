"""Runs TorchServe and ends it without dropping a request: SIGTERM in, exit status 0 once all are answered.

    python -m model_store.supervise FOLDER

Flow: `FOLDER/launch.json` (`serve.supervised` writes it) -> Java -> SIGTERM -> not ready any more (`draining`
lies in the folder, `model_store.ready` sees it) -> nothing queued, nothing being answered, nothing in the
sockets for a second -> Java is stopped. TorchServe itself would drop what it works on, and it cannot be told
to take nothing new: whoever sends must stop, and `--grace` bounds the wait for them. SIGINT does not wait.
"""

import argparse
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from handler.in_flight import at_work
from model_store import sockets
from model_store.serve import DRAINING, LAUNCH, Keys, NotReadyError, Ports, describe_all, read_keys

PR_SET_PDEATHSIG = 1
CHECK_EVERY_S = 0.1
QUIET_S = 1.0
"""So long nothing may be under way: more than a batch takes between queue, worker and sockets."""
STOP_S = 10.0


class Supervised:
    """One TorchServe, and `beside` it what runs in a thread until both end; by default in our environment."""

    def __init__(
        self,
        folder: Path,
        grace_s: float | None = None,
        environment: Mapping[str, str] | None = None,
        beside: Callable[[], None] | None = None,
    ) -> None:
        launch = json.loads((folder / LAUNCH).read_text(encoding="utf-8"))
        self._folder = folder
        self._ports = Ports(**launch["ports"])
        self._marks = Path(launch["in_flight"])
        self._command: list[str] = launch["command"]
        self._grace_s = launch["grace_s"] if grace_s is None else grace_s
        self._environment, self._beside = environment, beside
        self._drain, self._at_once, self._wake = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> int:
        """Run to the end; 0 after a signal, else the status of a server that ended by itself."""
        (self._folder / DRAINING).unlink(missing_ok=True)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._server = self._start()
        self._run_beside()
        while self._server.poll() is None and not self._drain.is_set():
            self._wake.wait(CHECK_EVERY_S * 5)
        if self._server.poll() is not None:
            status = self._server.returncode
            return status if status >= 0 else 128 - status
        (self._folder / DRAINING).touch()
        self._wait_until_quiet()
        self._stop()
        return 0

    def _start(self) -> subprocess.Popen[bytes]:
        libc = ctypes.CDLL(None)
        return subprocess.Popen(  # noqa: S603 - our own launch
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            # No thread runs yet, so that code between fork and exec is safe.
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )

    def _run_beside(self) -> None:
        if self._beside is not None:
            threading.Thread(target=self._beside, daemon=True).start()

    def _wait_until_quiet(self) -> None:
        """Wait until nothing has been under way for `QUIET_S`, for the grace at most."""
        started = last_busy = time.monotonic()
        while (now := time.monotonic()) < started + self._grace_s and not self._at_once.is_set():
            if self._server.poll() is not None:
                return
            if self._is_busy():
                last_busy = time.monotonic()
            elif now - last_busy >= QUIET_S:
                say(f"nothing is under way after {now - started:.1f} s")
                return
            time.sleep(CHECK_EVERY_S)
        say("the grace is over, or no wait was wished")

    def _is_busy(self) -> bool:
        if at_work(self._marks) or sockets.bytes_under_way(self._ports.inference):
            return True
        try:
            return queued(self._ports, read_keys(self._folder)) > 0
        except NotReadyError:
            return False  # nothing was ever served

    def _stop(self) -> None:
        self._server.terminate()
        try:
            self._server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            self._at_once.set()
        self._drain.set()
        self._wake.set()


def queued(ports: Ports, keys: Keys) -> int:
    """Return how many requests wait in TorchServe's queues; raises NotReadyError."""
    return sum(each.get("jobQueueStatus", {}).get("pendingRequests", 0) for each in describe_all(ports, keys))


def say(text: str) -> None:
    """Write a line to where TorchServe's own lines go."""
    with contextlib.suppress(OSError):
        os.write(1, f"supervise: {text}\n".encode())


def main(arguments: list[str]) -> int:
    """Run the server of a folder."""
    parser = argparse.ArgumentParser(prog="python -m model_store.supervise", description=__doc__)
    parser.add_argument("folder", type=Path, help="TorchServe's working folder")
    parser.add_argument("--grace", type=float, help="seconds from SIGTERM to the end at the latest")
    chosen = parser.parse_args(arguments)
    return Supervised(chosen.folder.resolve(), chosen.grace).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
