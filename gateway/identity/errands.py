"""Work that an answer must not wait for: what is done, and how long it takes, tells the asker nothing.

Whether an address has an account shows neither in the answer to a request for a message nor in its time.
A killed process loses errands; whoever waits for a message asks again.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import structlog
from apiflask import APIFlask

from gateway.problems import BusyProblem

_log = structlog.get_logger("gateway")
_AT_MOST = 200


class Errands:
    """A few threads of one process with an application context."""

    def __init__(self, app: APIFlask, threads: int = 2, at_most: int = _AT_MOST) -> None:
        self._app = app
        self._threads, self._at_most = threads, at_most
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._open: set[Future[None]] = set()

    def run(self, work: Callable[..., object], *arguments: Any) -> None:
        """Do that work soon; raises BusyProblem where too much waits."""
        with self._lock:
            if len(self._open) >= self._at_most:
                raise BusyProblem("Too much waits to be done; try again.", retry_after_seconds=30)
            self._pool = self._pool or ThreadPoolExecutor(self._threads, "errand")
            errand = self._pool.submit(self._do, work, arguments)
            self._open.add(errand)
        errand.add_done_callback(self._forget)

    def finish(self, seconds: float = 30.0) -> None:
        """Wait until all are done."""
        with self._lock:
            waiting = set(self._open)
        wait(waiting, seconds)

    def _do(self, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        with self._app.app_context():
            try:
                work(*arguments)
            except Exception as error:
                _log.error("errand_failed", work=work.__name__, kind=type(error).__name__)

    def _forget(self, errand: Future[None]) -> None:
        with self._lock:
            self._open.discard(errand)
