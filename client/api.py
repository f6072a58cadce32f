"""The gateway's REST interface as a Python class.

In: image bytes and options. Out: `client.models` types, or `ApiError` with the gateway's own problem. A
request that the gateway is too busy for, or that is cut off, is sent again; a POST carries an
Idempotency-Key, so that sending it again makes no second record.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx2
from pydantic import ValidationError

from client.models import Analysis, Item, Problem

_T = TypeVar("_T", Item, Analysis)

_NO_PROXY_TO_THIS_MACHINE = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))
"""A proxy that the environment names cannot reach a gateway of this machine, and is not to see the key."""

RETRIED_STATUSES = (409, 429, 503)
"""In flight already, too many requests, not available now."""


class ApiError(Exception):
    """The gateway refused, or gave no answer; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Upload:
    """One image to send: its name (without folders) and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Patience:
    """How long to try: `attempts` in all, pauses of at most `longest_pause_s`.

    `connect_s` and `answer_s` limit one attempt; `answer_s` comes on top of a POST's `wait`.
    """

    attempts: int = 6
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    connect_s: float = 5.0
    answer_s: float = 120.0

    def pause_s(self, attempt: int, retry_after: str | None) -> float:
        """Return the pause after a failed attempt (from 1): what the gateway asks for, within bounds."""
        if retry_after and retry_after.isdecimal():
            return min(float(retry_after), self.longest_pause_s)
        return min(self.first_pause_s * 2.0 ** (attempt - 1), self.longest_pause_s)


class Ki67Client:
    """A connection to one gateway with one API key; close it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        key: str,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience, self._sleep = patience or Patience(), sleep
        self._http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx2.Timeout(self._patience.answer_s, connect=self._patience.connect_s),
            mounts=_NO_PROXY_TO_THIS_MACHINE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def is_reachable(self) -> bool:
        """Tell, after one quick attempt, whether something answers at the address."""
        return isinstance(self._attempt("GET", "/healthz", {}), httpx2.Response)

    def is_ready(self) -> bool:
        """Tell, after one quick attempt, whether the gateway takes images."""
        answer = self._attempt("GET", "/readyz", {})
        return isinstance(answer, httpx2.Response) and answer.status_code == 200

    def analyse(
        self, images: Sequence[Upload], options: Mapping[str, str] | None = None, wait_s: float = 20.0
    ) -> list[Item]:
        """Send images in one POST and return an item for each, in the same order.

        `options` are form fields (mpp, objective, probability, min_area_um2, ...). Analyses that
        are not finished after `wait_s` come back queued or running: ask `analysis` for them later, and for
        the nuclei of any.
        """
        answer = self._send(
            "POST",
            "/api/v1/analyses",
            params={"nuclei": "false"},
            files=[("images", (image.name, image.data)) for image in images],
            data={**(options or {}), "wait": f"{wait_s:g}"},
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=httpx2.Timeout(self._patience.answer_s + wait_s, connect=self._patience.connect_s),
        )
        items = [_parsed(Item, item) for item in _json(answer).get("items", [])]
        return sorted(items, key=lambda item: item.index)

    def analysis(self, identifier: str, *, nuclei: bool = True) -> Analysis:
        """Return one record; without `nuclei` it is small."""
        answer = self._send("GET", f"/api/v1/analyses/{identifier}", params={"nuclei": str(nuclei).lower()})
        return _parsed(Analysis, _json(answer))

    def delete(self, identifier: str) -> None:
        """Delete one record with its image and results."""
        self._send("DELETE", f"/api/v1/analyses/{identifier}")

    def layer(self, identifier: str, name: str) -> bytes:
        """Return a file of one record: image, mask.png, heatmap.png, overlay.png, nuclei.csv or .geojson."""
        return self._send("GET", f"/api/v1/analyses/{identifier}/{name}").content

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        for attempt in range(1, self._patience.attempts + 1):
            answer = self._attempt(method, path, options)
            if isinstance(answer, httpx2.Response) and answer.status_code not in RETRIED_STATUSES:
                break
            if attempt < self._patience.attempts:
                asked = answer.headers.get("Retry-After") if isinstance(answer, httpx2.Response) else None
                self._sleep(self._patience.pause_s(attempt, asked))
        if isinstance(answer, Problem):
            raise ApiError(answer)
        if not answer.is_success:
            raise ApiError(_problem_of(answer))
        return answer

    def _attempt(self, method: str, path: str, options: dict[str, Any]) -> httpx2.Response | Problem:
        try:
            return self._http.request(method, path, **options)
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            return Problem(title="No answer from the gateway", detail=f"{self._http.base_url} ({reason})")


def _problem_of(answer: httpx2.Response) -> Problem:
    fallback = Problem(title=f"HTTP {answer.status_code} {answer.reason_phrase}", status=answer.status_code)
    try:
        return Problem.model_validate(answer.json())
    except ValueError:
        return fallback


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ApiError(Problem(title="Not the answer of a Ki-67 gateway", status=answer.status_code))
    return document


def _parsed(kind: type[_T], document: Any) -> _T:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise ApiError(Problem(title="Not the answer of a Ki-67 gateway", detail=str(error))) from error
