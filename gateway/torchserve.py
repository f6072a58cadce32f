"""The client of TorchServe: image bytes and options in, the parts of the handler's message out.

One pool of connections a process, explicit timeouts, a bounded number of repeats and only where nothing
can have gone wrong with the image: a connection that was refused or closed, and 503. Three outcomes besides
success: the image's own problem (final), TorchServe unavailable or slow (ask again later), a failed attempt
(ask again a few times). A version that is not served, or has no room, is unavailable by itself.
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import httpx2
import msgpack

from gateway.interface import tracing
from gateway.settings import Settings
from gateway.torchserve_keys import KeyFile
from handler.errors import ProblemError

MESSAGE_TYPE = "application/x-msgpack"
_RETRY_PAUSE_SECONDS = 0.2
_KEY_REFUSED = (400, 401)
_PROBE_SECONDS = 3.0
_NO_MESSAGE = "TorchServe's answer is no message that this gateway reads"
_PERMANENT = {413: ("image-too-large", "The image is too large for TorchServe")}


@dataclass(frozen=True)
class Scored:
    """The answer without its nuclei, and the two parts to be stored as they are (`handler.packing`)."""

    answer: dict[str, Any]
    nuclei: bytes
    probability_map: bytes


class TorchServeUnavailableError(Exception):
    """TorchServe is down, full, slow or starting; nothing is known about the image."""


class VersionMissingError(TorchServeUnavailableError):
    """That version is not served: it was unregistered, or TorchServe has just started."""


class VersionBusyError(TorchServeUnavailableError):
    """That version's queue is full, or it has no worker."""


class ScoringAttemptError(Exception):
    """TorchServe took the image and failed; another attempt may succeed."""


class ImageProblemError(ProblemError):
    """What TorchServe's handler says is wrong with the image or its options."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.title = status, code, title


Probed = Literal["ready", "silent", "missing", "unavailable"]


class TorchServe:
    """Speaks to one TorchServe, or to several behind one address."""

    def __init__(self, settings: Settings) -> None:
        kept = settings.torchserve_connections if settings.torchserve_keepalive_seconds else 0
        limits = httpx2.Limits(
            max_connections=settings.torchserve_connections,
            max_keepalive_connections=kept,
            keepalive_expiry=settings.torchserve_keepalive_seconds,
        )
        timeout = httpx2.Timeout(
            settings.torchserve_answer_seconds, connect=settings.torchserve_connect_seconds
        )
        self._client = httpx2.Client(limits=limits, timeout=timeout, trust_env=False, verify=_trust())
        self._keys = KeyFile(settings.key_file)
        self._settings = settings

    def score(self, image: bytes, options: Mapping[str, str], version: str, correlation_id: str) -> Scored:
        """Score one image; raises one of this module's errors."""
        headers = {f"X-Ki67-{_header_name(name)}": value for name, value in options.items()}
        headers |= {"Accept": MESSAGE_TYPE, "Accept-Encoding": "identity", "X-Correlation-Id": correlation_id}
        headers |= tracing.carried()
        return _scored(self._send(_parsed(self._address(version)), headers, image))

    def probe(self, version: str) -> Probed:
        """Send an image without a byte: who refuses it is a worker that is ready.

        `silent` is one that has not answered within three seconds: it has others in hand, or hangs.
        """
        sent = {"Accept": MESSAGE_TYPE, **self._keys.header("inference")}
        try:
            response = self._client.post(
                _parsed(self._address(version)), content=b"", headers=sent, timeout=_PROBE_SECONDS
            )
        except httpx2.ReadTimeout:
            return "silent"
        except httpx2.TransportError:
            return "unavailable"
        if _is_problem(response):
            return "ready"
        if response.status_code in _KEY_REFUSED:
            self._keys.forget()
        return "missing" if response.status_code == 404 else "unavailable"

    def _address(self, version: str) -> str:
        return f"{self._settings.torchserve_url}/predictions/{self._settings.model_name}/{version}"

    def close(self) -> None:
        """Close the pool."""
        self._client.close()

    def _send(self, address: httpx2.URL, headers: Mapping[str, str], body: bytes) -> httpx2.Response:
        """Send with bounded repeats; a refused key is read anew once."""
        failure: Exception = TorchServeUnavailableError("not asked")
        for attempt in range(self._settings.torchserve_retries + 1):
            time.sleep(_RETRY_PAUSE_SECONDS * attempt)
            sent = {
                **headers,
                **_times(self._settings.torchserve_answer_seconds),
                **self._keys.header("inference"),
            }
            try:
                response = self._client.post(address, content=body, headers=sent)
            except httpx2.TransportError as error:
                failure = _transport_failure(error)
                if isinstance(error, httpx2.ReadTimeout):
                    raise failure from error
            else:
                if not self._should_repeat(response):
                    return response
                failure = _unavailable(response.status_code)
        raise failure

    def _should_repeat(self, response: httpx2.Response) -> bool:
        if response.status_code in _KEY_REFUSED and not _is_problem(response):
            self._keys.forget()
            return True
        return response.status_code == 503 and not _failed_inside(response)


@cache
def _trust() -> ssl.SSLContext:
    """Return whose certificates are believed; reading them takes longer than all else that a client needs."""
    return httpx2.create_ssl_context(trust_env=False)


def _unavailable(status: int) -> TorchServeUnavailableError:
    kind = VersionBusyError if status == 503 else TorchServeUnavailableError
    return kind(f"TorchServe answered {status}")


def _transport_failure(error: httpx2.TransportError) -> Exception:
    name = type(error).__name__
    if isinstance(error, httpx2.ConnectError | httpx2.TimeoutException):
        return TorchServeUnavailableError(name)
    return ScoringAttemptError(name)


@lru_cache(maxsize=64)
def _parsed(address: str) -> httpx2.URL:
    """Return an address in parts: taking it apart costs more than sending a crop."""
    return httpx2.URL(address)


def _scored(response: httpx2.Response) -> Scored:
    if response.status_code == 200 and response.headers.get("Content-Type") == MESSAGE_TYPE:
        return _unpacked(response.content)
    if response.status_code in _PERMANENT:
        code, title = _PERMANENT[response.status_code]
        raise ImageProblemError(response.status_code, code, title, title + ".")
    if response.status_code == 404 and not _is_problem(response):
        raise VersionMissingError("TorchServe does not serve that version")
    problem = _json(response) if _is_problem(response) else None
    if isinstance(problem, dict) and 400 <= response.status_code < 500:
        code = str(problem.get("type", "")).removeprefix("/problems/") or "image-refused"
        raise ImageProblemError(
            response.status_code, code, str(problem.get("title", "")), str(problem.get("detail", ""))
        )
    raise ScoringAttemptError(f"TorchServe answered {response.status_code}")


def _unpacked(content: bytes) -> Scored:
    """Take the message apart; a version archived with other code may send another."""
    try:
        message = msgpack.unpackb(content)
        scored = Scored(message["answer"], message["nuclei"], message["map"])
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise ScoringAttemptError(_NO_MESSAGE) from error
    if not (
        isinstance(scored.answer, dict)
        and isinstance(scored.nuclei, bytes)
        and isinstance(scored.probability_map, bytes)
    ):
        raise ScoringAttemptError(_NO_MESSAGE)
    return scored


def _is_problem(response: httpx2.Response) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("application/problem+json")


def _failed_inside(response: httpx2.Response) -> bool:
    """Tell a handler that failed from a full queue or a missing worker; both are 503."""
    answer = _json(response)
    return isinstance(answer, dict) and answer.get("type") == "InternalServerException"


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _header_name(option: str) -> str:
    return "-".join(part.capitalize() for part in option.split("_"))


def _times(answer_seconds: float) -> dict[str, str]:
    """Return when this was sent, for the queue to be measured, and until when anybody waits for it."""
    now = time.time()
    return {"X-Request-Start": f"t={now:.3f}", "X-Request-Deadline": f"{now + answer_seconds:.3f}"}
