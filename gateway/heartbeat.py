"""Keeps this process's claims alive, so that leases are short and a killed process's work is soon found."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from apiflask import APIFlask
from sqlalchemy.exc import SQLAlchemyError

from gateway import claims

_log = structlog.get_logger("gateway")


class Heartbeat:
    """Extends the leases of all claims held in this process, three times a lease."""

    def __init__(self, app: APIFlask, lease_seconds: float) -> None:
        self._app = app
        self._lease_seconds = lease_seconds
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def keeping(self, token: str) -> Iterator[None]:
        """Keep a claim alive while the block runs."""
        with self._lock:
            self._tokens.add(token)
            if not self._running:
                self._running = True
                threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._tokens.discard(token)

    def _beat(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._lease_seconds / 3):
            with self._lock:
                tokens = sorted(self._tokens)
                self._running = bool(tokens)
            if not tokens:
                return
            self._extend(tokens)

    def _extend(self, tokens: list[str]) -> None:
        try:
            with self._app.app_context():
                claims.extend(tokens, self._lease_seconds)
        except SQLAlchemyError as error:
            _log.warning("lease_not_extended", kind=type(error).__name__)
