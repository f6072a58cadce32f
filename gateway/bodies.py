"""Request bodies that stop half way or are malformed: a problem of the client's, not a failure in here.

gunicorn's reader -> `_Reader` -> `_FormParser` -> Flask. Sockets time out (gunicorn.conf.py), chunks and
forms may be nonsense; Werkzeug by itself takes a form that it cannot read for one without fields.
"""

from typing import IO, Any, Protocol

from apiflask import APIFlask
from flask import Request, request
from gunicorn.http.errors import ParseException
from werkzeug.formparser import FormDataParser

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


class _FormParser(FormDataParser):
    """Reads forms; raises MalformedBodyProblem."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named | {"silent": False})

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Return what is left of the stream, fields and files."""
        try:
            return super().parse(stream, mimetype, content_length, options)
        except ValueError:
            raise MalformedBodyProblem(
                "The form cannot be read; names of fields and files have to be UTF-8."
            ) from None


class _CarefulRequest(Request):
    form_data_parser_class = _FormParser


def init_app(app: APIFlask) -> None:
    """Read every request of `app` this way."""
    app.request_class = _CarefulRequest
    app.before_request(_read_carefully)


def _read_carefully() -> None:
    request.environ["wsgi.input"] = _Reader(request.environ["wsgi.input"])
