"""Scores the images of a POST side by side, so that TorchServe can batch them, and stops waiting in time.

Who waits looks at the rows in the end: the worker may have taken some, others be due again in a moment.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import MappingProxyType

from apiflask import APIFlask
from sqlalchemy import func, select

from gateway.database import db
from gateway.heartbeat import Heartbeat
from gateway.interface import tracing
from gateway.models import UNFINISHED, Analysis
from gateway.pace import Pace
from gateway.scoring import score_analysis
from gateway.settings import Settings

_LOOK_SECONDS = 0.2


class ScoringPool:
    """A bounded number of threads, shared by all requests of this process; started with the first one."""

    def __init__(self, app: APIFlask, settings: Settings) -> None:
        self._app = app
        self._threads = settings.torchserve_connections
        self._waiting = threading.BoundedSemaphore(max(1, settings.threads * 3 // 4))
        self._lock = threading.Lock()
        self._pace = Pace()
        self._executor: ThreadPoolExecutor | None = None
        self.heartbeat = Heartbeat(app, settings.lease_seconds)

    def score(self, analysis_ids: Sequence[str], wait_seconds: float) -> bool:
        """Score, and return when nothing is unfinished or the time is over; what has begun goes on.

        Tells whether all were scored here: the rows then say nothing new. Three in four of the process's
        requests may wait, so that others are still answered; the next ones return at once and leave it all
        queued.
        """
        deadline = time.monotonic() + wait_seconds
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            scored = self._score(analysis_ids, wait_seconds)
            if not scored:
                self._watch(analysis_ids, deadline)
            return scored
        finally:
            self._waiting.release()

    def seconds_per_image(self) -> float | None:
        """Return how long an image takes here just now; None where nothing was scored lately."""
        return self._pace.seconds()

    def _score(self, analysis_ids: Sequence[str], wait_seconds: float) -> bool:
        origin = tracing.origin()
        begun = [self._started().submit(self._score_for, origin, each) for each in analysis_ids]
        done, late = wait(begun, timeout=wait_seconds)
        for future in late:
            future.cancel()
        return not late and all(future.exception() is None and future.result() for future in done)

    def _watch(self, analysis_ids: Sequence[str], deadline: float) -> None:
        while time.monotonic() < deadline and self._are_unfinished(analysis_ids):
            time.sleep(_LOOK_SECONDS)

    def _are_unfinished(self, analysis_ids: Sequence[str]) -> bool:
        """Ask in a session of its own, so that no connection is held between two looks."""
        unfinished = select(func.count()).where(
            Analysis.id.in_(analysis_ids), Analysis.status.in_(UNFINISHED)
        )
        with self._app.app_context():
            return bool(db.session.scalar(unfinished))

    def score_hinted(self, analysis_id: str, carried: Mapping[str, str] = MappingProxyType({})) -> bool:
        """Score what a hint tells of, as work of the request that wrote it."""
        return self._score_for(tracing.origin_of(carried), analysis_id)

    def _score_for(self, origin: tracing.Origin, analysis_id: str) -> bool:
        started = time.monotonic()
        with origin.continued():
            recorded = self.score_one(analysis_id)
        if recorded:
            self._pace.note(time.monotonic() - started)
        return recorded

    def score_one(self, analysis_id: str) -> bool:
        """Score one analysis in a database session of its own; tell whether its result was recorded."""
        with self._app.app_context():
            return score_analysis(analysis_id, self.heartbeat)

    def _started(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="scoring")
            return self._executor
