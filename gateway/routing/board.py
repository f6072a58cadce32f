"""The routes as this process knows them: read from the database, and believed for a second."""

import threading
import time

from gateway.routing.routes import Routes, seeded
from gateway.routing.settings import RoutingSettings
from gateway.routing.store import load

_BELIEVED_SECONDS = 1.0


class RoutesBoard:
    """What every request and every attempt at scoring looks at; one of them at a time reads anew."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._seed = seeded(settings.model_version, settings.seed_versions)
        self._lock = threading.Lock()
        self._kept: tuple[Routes, float] | None = None

    def current(self) -> Routes:
        """Return the routes, at most a second old, or as long as reading them lasts."""
        kept = self._kept
        if kept is not None and time.monotonic() - kept[1] < _BELIEVED_SECONDS:
            return kept[0]
        if not self._lock.acquire(blocking=kept is None):
            return kept[0] if kept else self.current()
        try:
            return self._read()
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Read anew next time: this process has just changed them."""
        self._kept = None

    def _read(self) -> Routes:
        started = time.monotonic()
        routes = load(self._seed)
        self._kept = routes, started
        return routes
