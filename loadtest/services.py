"""The service under test as it is asked before and after the load, one question at a time.

A gateway or TorchServe itself: pictures in, analysis documents out; what it promises of its errors; its
records.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import httpx2

from loadtest import multipart
from loadtest.contract import SHED
from loadtest.errors import BusyError, CannotTestError
from loadtest.expected import Expected, expected_of
from loadtest.pictures import PHOTO, Picture
from loadtest.plan import GATEWAY, TORCHSERVE

ANSWER_S = 300.0
ANALYSES = "/api/v1/analyses"
LAYERS = ("mask.png", "overlay.png")
_DIRECT = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))
"""A proxy of the environment cannot reach services of this machine."""


class Service(Protocol):
    """Something that scores pictures."""

    kind: str
    url: str

    def score(self, picture: Picture) -> Mapping[str, Any]:
        """Score one picture and wait for it; raises CannotTestError."""

    def expect(self, picture: Picture) -> Iterator[tuple[str, Expected]]:
        """Score one picture by every version that may score it during the load."""


class Gateway:
    """A gateway, asked with an API key."""

    kind = GATEWAY

    def __init__(self, url: str, key: str, label: str) -> None:
        self.url, self._label = url, label
        self._http = _client(url, key)

    def score(self, picture: Picture, version: str | None = None) -> Mapping[str, Any]:
        """Score one picture under a label of its own, so that it is not counted with the load."""
        fields = {"wait": f"{ANSWER_S:g}", "case_label": f"{self._label} idle"}
        fields |= {"mpp": f"{picture.mpp:g}"} if picture.mpp else {}
        fields |= {"model_version": version} if version else {}
        answer = self._http.post(
            ANALYSES,
            content=multipart.form(fields, [(picture.name, picture.data)]),
            headers={"Content-Type": multipart.CONTENT_TYPE},
        )
        items = _json(answer)["items"]
        if items[0]["status"] != "succeeded":
            raise CannotTestError(f"{picture.name} was not scored when idle: {items[0]}")
        document: Mapping[str, Any] = items[0]["analysis"]
        return document

    def expect(self, picture: Picture) -> Iterator[tuple[str, Expected]]:
        """Score by the versions that have a share, and fetch what people will look at."""
        for version in self.versions():
            document = self.score(picture, version)
            layers = LAYERS if picture.kind == PHOTO else ()
            drawn = {name: self._layer(document["id"], name) for name in layers}
            yield document["model"]["version"], expected_of(document, drawn)

    def versions(self) -> list[str]:
        """Return the versions that get images, the default first."""
        listed = _json(self._http.get("/api/v1/models"))["items"]
        serving = [each for each in listed if each["is_default"] or each["share_percent"] > 0]
        return [each["version"] for each in sorted(serving, key=lambda each: not each["is_default"])]

    def statuses(self) -> dict[str, tuple[str, ...]]:
        """Return the documented statuses of each operation."""
        paths = _json(self._http.get("/api/v1/openapi.json"))["paths"]
        return {
            f"{method.upper()} {route}": tuple(operation["responses"])
            for route, operations in paths.items()
            for method, operation in operations.items()
        }

    def address(self) -> str:
        """Return the e-mail address that the key stands for."""
        return str(_json(self._http.get("/api/v1/auth/session"))["user"]["email"])

    def records(self, **filters: str) -> Iterator[Mapping[str, Any]]:
        """Return every record that matches."""
        query: dict[str, str] | None = {"limit": "100"} | filters
        while query is not None:
            page = _json(self._http.get(ANALYSES, params=query))
            yield from page["items"]
            query = query | {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    def _layer(self, analysis_id: str, name: str) -> bytes:
        answer = self._http.get(f"{ANALYSES}/{analysis_id}/{name}")
        if not answer.is_success:
            raise CannotTestError(f"{name} of an analysis is not there: {answer.status_code}.")
        return answer.content


class Engine:
    """TorchServe itself, asked with its inference key, or without one where it asks for none."""

    kind = TORCHSERVE

    def __init__(self, url: str, key: str, model_path: str) -> None:
        self.url, self._path = url, model_path
        self._http = _client(url, key)

    def score(self, picture: Picture) -> Mapping[str, Any]:
        """Score one picture."""
        scale = {"X-Ki67-Mpp": f"{picture.mpp:g}"} if picture.mpp else {}
        headers = {"Content-Type": "application/octet-stream", "Accept": "application/json"} | scale
        document: Mapping[str, Any] = _json(
            self._http.post(self._path, content=picture.data, headers=headers)
        )
        return document

    def expect(self, picture: Picture) -> Iterator[tuple[str, Expected]]:
        """Score by the version that the address names, or the default."""
        document = self.score(picture)
        yield document["model"]["version"], expected_of(document, {})


def _client(url: str, key: str) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(
        base_url=url, headers=headers, timeout=httpx2.Timeout(ANSWER_S + 30, connect=10), mounts=_DIRECT
    )


def _json(answer: httpx2.Response) -> Any:
    path, document = answer.request.url.path, None
    if answer.status_code in SHED:
        raise BusyError(f"{path} answers {answer.status_code}: {answer.text[:300]}")
    with contextlib.suppress(ValueError):
        document = answer.json()
    if not answer.is_success or not isinstance(document, dict):
        raise CannotTestError(f"{path} answers {answer.status_code}: {answer.text[:300]}")
    return document
