"""Which errors are documented: the OpenAPI document in, what is wrong with an answer's error out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

PROBLEM = "application/problem+json"
SHED = (429, 503)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's JSON; raises ValueError."""
        return json.loads(self.body)


class Contract(Protocol):
    """What a service promises of its errors."""

    def wrong_with_error(self, method: str, route: str, answer: Answer) -> str | None:
        """Say what is not as documented about an answer from 400 on; None where all is."""


@dataclass(frozen=True)
class OpenApi:
    """The gateway's promises: problem documents of documented statuses, by route and method."""

    statuses: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def wrong_with_error(self, method: str, route: str, answer: Answer) -> str | None:
        """Say what is not as documented."""
        if str(answer.status) not in self.statuses.get(f"{method} {route}", frozenset()):
            return f"{answer.status} is not documented for {method} {route}"
        return wrong_with_problem(answer)


@dataclass(frozen=True)
class TorchServePromises:
    """TorchServe's: the handler's problems, or its own JSON with the status as `code`."""

    def wrong_with_error(self, method: str, route: str, answer: Answer) -> str | None:
        """Say what is not as known."""
        if answer.headers.get("content-type", "").startswith(PROBLEM):
            return wrong_with_problem(answer)
        document = _document(answer)
        return None if document.get("code") == answer.status else f"{answer.status} without its code"


def wrong_with_problem(answer: Answer) -> str | None:
    """Say where an error is no problem document (RFC 9457) of ours, or sheds load without `Retry-After`."""
    if not answer.headers.get("content-type", "").startswith(PROBLEM):
        return f"{answer.status} is no problem document"
    document = _document(answer)
    if not str(document.get("type", "")).startswith("/problems/") or not document.get("title"):
        return f"{answer.status} has neither type nor title"
    if document.get("status") != answer.status:
        return f"{answer.status} says that it is {document.get('status')}"
    if answer.status in SHED and not answer.headers.get("retry-after", "").isdecimal():
        return f"{answer.status} does not say when to come again"
    return None


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
