"""The canary's last outcomes in this process; the database is not asked for every image.

Each process judges for itself: one that sees too many failures is enough.
"""

import threading
from collections import deque

from gateway.routing.judging import Limits, Verdict, judge_outcomes
from gateway.routing.routes import Routes


class CanaryWatch:
    """A window of outcomes that begins anew with each canary."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._canary: object = None
        self._failed: deque[bool] = deque(maxlen=limits.window)

    def note(self, routes: Routes, *, failed: bool) -> Verdict | None:
        """Note what became of an image of the canary that these routes name; return why it has to go."""
        canary = routes.canary and (routes.canary.version, routes.canary_since)
        with self._lock:
            if canary != self._canary:
                self._canary = canary
                self._failed.clear()
            self._failed.append(failed)
            return judge_outcomes(self._failed, self._limits) if failed else None
