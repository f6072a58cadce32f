"""Runs one command so that nothing of it outlives its supervisor, and keeps its output in a bounded log.

In: a command after `--`, a log file, the seconds it may take to stop. Out: its exit status; its output,
in `LOG` and `LOG.1`, each of at most `--log-bytes`. On SIGTERM, or when the supervisor is gone (kill -9
too), the command gets SIGTERM, and after its grace what is left of its process group is killed; on
SIGINT that happens at once. Run as a file with `python -I`: it knows the standard library only and starts
in 30 ms.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1
CHECK_EVERY_S = 0.25


class BoundedLog:
    """Appends lines to a file; a full file becomes `NAME.1`, the `NAME.1` before it is dropped."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path, self._max_bytes = path, max_bytes
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Append; a full disk loses the line and not the service that wrote it."""
        with contextlib.suppress(OSError):
            if self._file.tell() + len(line) > self._max_bytes:
                self._rotate()
            self._file.write(line)

    def _rotate(self) -> None:
        self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._file.close()
        self._file = self._path.open("ab", buffering=0)


class Guard:
    """One command in its own process group."""

    def __init__(self, command: list[str], log: BoundedLog, grace_s: float, supervisor: int) -> None:
        self._command, self._log, self._grace_s = command, log, grace_s
        self._supervisor = supervisor
        self._kill_at: float | None = None
        self._wake = threading.Event()

    def run(self) -> int:
        """Run the command to its end and return its exit status, 128 + signal where one ended it."""
        self._child = self._start()
        signal.signal(signal.SIGTERM, lambda number, frame: self._stop(self._grace_s))
        signal.signal(signal.SIGINT, lambda number, frame: self._stop(0.0))
        assert self._child.stdout is not None  # noqa: S101 - a pipe was asked for
        copying = threading.Thread(target=self._copy, args=(self._child.stdout,), daemon=True)
        copying.start()
        while not self._has_ended():
            self._wake.wait(CHECK_EVERY_S)
            self._wake.clear()
            self._watch()
        self._signal_group(signal.SIGKILL)
        status = self._child.wait()
        copying.join(timeout=1)
        return status if status >= 0 else 128 - status

    def _start(self) -> subprocess.Popen[bytes]:
        libc = ctypes.CDLL(None)
        return subprocess.Popen(  # noqa: S603 - the command comes from the supervisor
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            # No thread runs yet, so that code between fork and exec is safe.
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )

    def _watch(self) -> None:
        if self._kill_at is None and os.getppid() != self._supervisor:
            self._stop(self._grace_s)
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._signal_group(signal.SIGKILL)

    def _stop(self, grace_s: float) -> None:
        """Ask the command to end, and remember when to end it."""
        kill_at = time.monotonic() + grace_s
        self._kill_at = kill_at if self._kill_at is None else min(kill_at, self._kill_at)
        self._child.terminate()
        self._wake.set()

    def _has_ended(self) -> bool:
        """Tell whether the command has ended, and leave it unreaped: its id still names its group."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._child.pid, options) is not None

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def _copy(self, output: BinaryIO) -> None:
        while line := output.readline(65536):
            self._log.write(line)


def main(arguments: list[str]) -> int:
    """Parse the command line and guard its command."""
    parser = argparse.ArgumentParser(description="Run one command for the supervisor.")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--log-bytes", type=int, required=True)
    parser.add_argument("--grace", type=float, required=True, help="seconds from SIGTERM to SIGKILL")
    parser.add_argument("--supervisor", type=int, required=True, help="process id; without it, stop")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    log = BoundedLog(chosen.log, chosen.log_bytes)
    return Guard(chosen.command, log, chosen.grace, chosen.supervisor).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
