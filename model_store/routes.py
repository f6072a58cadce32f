"""The gateway's routes as the operator sees them: which version scores which share of the images.

Flow: address and operator's key -> `Routes` with its ETag -> changed -> put back, refused where somebody else
changed them in between.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import httpx2

from model_store.failures import RefusedError, UnreachableError

ANSWER_S = 10.0
Use = Literal["canary", "shadow"]


@dataclass(frozen=True)
class Share:
    """A version and its share of the images in percent."""

    version: str
    percent: float


@dataclass(frozen=True)
class KnownVersion:
    """A version that the gateway may send images to."""

    version: str
    weights_sha256: str | None = None
    archive_sha256: str | None = None
    engine: Any = None


@dataclass(frozen=True)
class Routes:
    """The whole state; `etag` names it."""

    default: str
    previous: str | None = None
    canary: Share | None = None
    shadow: Share | None = None
    versions: tuple[KnownVersion, ...] = ()
    withdrawn: dict[str, Any] | None = None
    etag: str = ""

    @classmethod
    def from_answer(cls, told: dict[str, Any], etag: str) -> Self:
        """Read what the gateway answered; raises KeyError or TypeError where that is something else."""
        shares = {name: Share(**told[name]) if told.get(name) else None for name in ("canary", "shadow")}
        known = tuple(
            KnownVersion(
                each["version"], each.get("weights_sha256"), each.get("archive_sha256"), each.get("engine")
            )
            for each in told["versions"]
        )
        return cls(
            told["default"],
            told.get("previous"),
            **shares,
            versions=known,
            withdrawn=told.get("withdrawn"),
            etag=etag,
        )

    def to_request(self) -> dict[str, Any]:
        """Return what the gateway takes."""
        told = asdict(self)
        return {name: told[name] for name in ("default", "canary", "shadow", "versions")}

    def knows(self, version: str) -> bool:
        """Tell whether images may be sent to a version."""
        return any(each.version == version for each in self.versions)

    def uses_of(self, version: str) -> list[str]:
        """Return what a version is just now: default, canary, shadow."""
        return [use for use, used in self._used() if used == version]

    def _used(self) -> Iterator[tuple[str, str]]:
        yield "default", self.default
        for name, share in (("canary", self.canary), ("shadow", self.shadow)):
            if share is not None:
                yield name, share.version

    def with_version(self, known: KnownVersion) -> Self:
        """Return the routes with a version known, or known anew."""
        others = tuple(each for each in self.versions if each.version != known.version)
        return replace(self, versions=(*others, known))

    def with_share(self, use: Use, share: Share | None) -> Self:
        """Return the routes with another canary or shadow, or with none."""
        return replace(self, canary=share) if use == "canary" else replace(self, shadow=share)

    def without_version(self, version: str) -> Self:
        """Return the routes with a version no longer known."""
        return replace(self, versions=tuple(each for each in self.versions if each.version != version))


class Gateway:
    """The gateway's part for operators."""

    def __init__(self, address: str, key_file: Path, answer_s: float = ANSWER_S) -> None:
        self._address, self._key_file = address.rstrip("/"), key_file
        self._client = httpx2.Client(timeout=answer_s, trust_env=False)

    def routes(self) -> Routes:
        """Return the routes as they are; raises UnreachableError or RefusedError."""
        answer = self._call("GET", "/api/v1/models/routes")
        return _routes_of(answer)

    def put(self, routes: Routes) -> Routes:
        """Replace the routes and return the new ones; raises RefusedError where they changed meanwhile."""
        headers = {"If-Match": routes.etag}
        answer = self._call("PUT", "/api/v1/models/routes", headers=headers, json=routes.to_request())
        return _routes_of(answer)

    def models(self) -> list[dict[str, Any]]:
        """Return each version with its share and how far it disagrees."""
        items: list[dict[str, Any]] = self._call("GET", "/api/v1/models").json()["items"]
        return items

    def recent_images(self, limit: int) -> Iterator[tuple[bytes, float | None]]:
        """Yield the newest scored images, each with its microns per pixel."""
        told = self._call("GET", f"/api/v1/models/images?limit={limit}").json()["items"]
        for sha256, mpp in {item["sha256"]: item.get("mpp") for item in told}.items():
            yield self._call("GET", f"/api/v1/models/images/{sha256}", timeout=60.0).content, mpp

    def _call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._key()}", **more.pop("headers", {})}
        try:
            answer = self._client.request(method, self._address + path, headers=headers, **more)
        except httpx2.HTTPError as error:
            raise UnreachableError(
                f"the gateway at {self._address} does not answer ({type(error).__name__}); "
                "--no-gateway speaks to TorchServe alone"
            ) from error
        if answer.status_code == 412:
            raise RefusedError(
                "the routes were changed by somebody else meanwhile; look at them and ask again"
            )
        if answer.status_code >= 400:
            raise RefusedError(f"the gateway answered {answer.status_code}: {_detail(answer)}")
        return answer

    def _key(self) -> str:
        try:
            return self._key_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UnreachableError(
                f"the operator's key {self._key_file} cannot be read ({error.strerror}); `make run` writes "
                "it, or `flask --app gateway create-operator-key`"
            ) from error


def _routes_of(answer: httpx2.Response) -> Routes:
    try:
        return Routes.from_answer(answer.json(), answer.headers.get("ETag", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise UnreachableError(
            "the gateway's answer is no routes; are gateway and command of one age?"
        ) from error


def _detail(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("detail") or answer.json().get("title"))
    except (ValueError, AttributeError):
        return "no reason told"
