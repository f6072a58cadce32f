"""Scores the images of a POST side by side, so that TorchServe can batch them, and stops waiting in time."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from apiflask import APIFlask

from gateway.heartbeat import Heartbeat
from gateway.scoring import score_analysis
from gateway.settings import Settings


class ScoringPool:
    """A bounded number of threads, shared by all requests of this process; started with the first one."""

    def __init__(self, app: APIFlask, settings: Settings) -> None:
        self._app = app
        self._threads = settings.torchserve_connections
        self._waiting = threading.BoundedSemaphore(max(1, settings.threads // 2))
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self.heartbeat = Heartbeat(app, settings.lease_seconds)

    def score(self, analysis_ids: Sequence[str], wait_seconds: float) -> None:
        """Score what can be scored in that time; what has begun goes on, the rest is left queued.

        Half of the process's requests may wait, so that others are still answered; more leave it all queued.
        """
        if not self._waiting.acquire(blocking=False):
            return
        try:
            self._score(analysis_ids, wait_seconds)
        finally:
            self._waiting.release()

    def _score(self, analysis_ids: Sequence[str], wait_seconds: float) -> None:
        begun: list[Future[None]] = [self._started().submit(self.score_one, each) for each in analysis_ids]
        _, late = wait(begun, timeout=wait_seconds)
        for future in late:
            future.cancel()

    def score_one(self, analysis_id: str) -> None:
        """Score one analysis in a database session of its own."""
        with self._app.app_context():
            score_analysis(analysis_id, self.heartbeat)

    def _started(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="scoring")
            return self._executor
