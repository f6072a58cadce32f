"""Structured logs: one JSON line an event on standard output, with the ids of request and trace.

Images are patient data: neither filenames nor keys nor query values are ever logged, only the route. The text
of an exception may quote any of them: its type and where it came from have to do.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo

from gateway.interface import tracing
from gateway.settings import Settings


def configure(settings: Settings) -> None:
    """Set up structlog, and send the libraries' own log lines the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            tracing.add_trace_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_type_and_frames),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_lines,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=False)


_transform = ExceptionDictTransformer(show_locals=False)


def _type_and_frames(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Return an exception and its causes, without their texts."""
    return [{"exc_type": each["exc_type"], "frames": each["frames"]} for each in _transform(exc_info)]


class _Formatter(logging.Formatter):
    """The same for the libraries' own log lines."""

    def formatException(  # noqa: N802 - the base class's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return type and frames."""
        kind = ei[0].__name__ if ei[0] else "unknown"
        return "".join(traceback.format_tb(ei[2])) + kind


class _Lines:
    """Writes each line to standard output as it is at that moment, so that it may be redirected."""

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    log = debug = info = warning = error = critical = exception = msg


def _lines(*_names: object) -> _Lines:
    return _Lines()
