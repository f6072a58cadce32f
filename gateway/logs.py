"""Structured logs: one JSON line an event on standard output, with the request's id.

Images are patient data: neither filenames nor keys nor query values are ever logged, only the route.
"""

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from gateway.settings import Settings


def configure(settings: Settings) -> None:
    """Set up structlog, and send the libraries' own log lines the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_lines,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=False)


class _Lines:
    """Writes each line to standard output as it is at that moment, so that it may be redirected."""

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    log = debug = info = warning = error = critical = exception = msg


def _lines(*_names: object) -> _Lines:
    return _Lines()
