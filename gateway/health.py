"""Whether the gateway can take images: its database, its objects; and whether TorchServe scores them now.

Anybody may ask, so the parts are asked once in a while and by one thread; the others get what it found last.
"""

import math
import threading
import time

from apiflask import APIFlask
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.database import db
from gateway.extensions import services
from gateway.problems import StorageProblem

OK, FAILING = "ok", "failing"
NEEDED = ("database", "objects")
"""Without these nothing can be taken; without TorchServe images are stored and wait."""
PARTS = (*NEEDED, "torchserve")
_NAME = "ki67-readiness"
_KEPT_SECONDS = 2.0
_VALID_SECONDS = 30.0
"""What was found so long ago says nothing any more: the check that should have followed hangs."""
_PATIENCE_SECONDS = 5.0


def init_app(app: APIFlask) -> None:
    """Let `app` remember what was found last."""
    app.extensions[_NAME] = _Readiness()


def checks() -> dict[str, str]:
    """Return the state of each part a moment ago, `ok` or `failing`."""
    readiness: _Readiness = current_app.extensions[_NAME]
    return readiness.checks()


def failing(found: dict[str, str]) -> list[str]:
    """Return the parts without which the gateway takes no images."""
    return [name for name in NEEDED if found[name] != OK]


class _Readiness:
    """The last checks, and when they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[dict[str, str], float] = dict.fromkeys(PARTS, FAILING), -math.inf

    def checks(self) -> dict[str, str]:
        """Check again where the last check is old and nobody else is at it; wait only where it says nothing.

        A check that hangs lets the others wait in vain: everything is then failing.
        """
        patience = _PATIENCE_SECONDS if self._is_older_than(_VALID_SECONDS) else 0
        if self._lock.acquire(timeout=patience):
            try:
                if self._is_older_than(_KEPT_SECONDS):
                    self._last = _check(), time.monotonic()
            finally:
                self._lock.release()
        return dict.fromkeys(PARTS, FAILING) if self._is_older_than(_VALID_SECONDS) else self._last[0]

    def _is_older_than(self, seconds: float) -> bool:
        return time.monotonic() - self._last[1] > seconds


def _check() -> dict[str, str]:
    states = (_database(), _objects(), _torchserve())
    return {name: OK if fine else FAILING for name, fine in zip(PARTS, states, strict=True)}


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1 FROM analyses LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _objects() -> bool:
    try:
        services().objects.check()
    except StorageProblem:
        return False
    return True


def _torchserve() -> bool:
    """Tell whether the default version scores, or has its hands full."""
    try:
        default = services().routes.current().default
    except SQLAlchemyError:
        return False
    return services().liveness.state(default) in ("ready", "busy")
