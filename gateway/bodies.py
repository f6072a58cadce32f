"""Request bodies that stop half way or are malformed: a problem of the client's, not a failure in here.

gunicorn's reader -> `_Reader` -> Flask; sockets time out (gunicorn.conf.py), chunks may be nonsense.
"""

from typing import Protocol

from apiflask import APIFlask
from flask import request
from gunicorn.http.errors import ParseException

from gateway.problems import GatewayProblem


class StalledBodyProblem(GatewayProblem):
    status, code, title = 408, "request-timeout", "The request did not arrive in time"


class MalformedBodyProblem(GatewayProblem):
    status, code, title = 400, "malformed-body", "The request's body is malformed"


class _Input(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Reader:
    """Reads on, and says by a problem what went wrong; raises the two above."""

    def __init__(self, source: _Input) -> None:
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        """Read from the client."""
        try:
            return self._source.read(size)
        except (BlockingIOError, TimeoutError) as error:
            raise StalledBodyProblem("The body stopped half way; send it again.") from error
        except ParseException:
            # Its text is the client's: not even a chain of causes keeps it.
            raise MalformedBodyProblem("The body's chunks do not follow HTTP/1.1.") from None


def init_app(app: APIFlask) -> None:
    """Read every request of `app` this way."""
    app.before_request(_read_carefully)


def _read_carefully() -> None:
    request.environ["wsgi.input"] = _Reader(request.environ["wsgi.input"])
