"""One TorchServe as its operator sees it: the management API with its key, and scoring for a comparison.

Flow: address, key file -> calls with timeouts -> plain facts, or UnreachableError / RefusedError. The key is
read for each call: it changes whenever TorchServe restarts. No key file means that keys are switched off.
"""

import json
import time
from pathlib import Path
from typing import Any

import httpx2

from model_store.failures import RefusedError, UnreachableError
from model_store.serve import is_enough

NAME = "ki67"
ANSWER_S = 10.0
START_S = 420.0
"""For a call that waits until a worker has loaded: longer than startupTimeout."""
SCORE_S = 300.0


class Replica:
    """One TorchServe process; `address` is its management address, `inference` where it scores."""

    def __init__(self, address: str, key_file: Path | None, inference: str | None = None) -> None:
        self.address, self._key_file = address.rstrip("/"), key_file
        self._inference = (inference or "").rstrip("/")
        self._client = httpx2.Client(timeout=ANSWER_S, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def all(self) -> list[dict[str, Any]]:
        """Return what TorchServe tells of every version; none where it knows no such model."""
        answer = self._call("GET", f"/models/{NAME}/all")
        return self._read(answer) if answer.status_code == 200 else self._nothing(answer)

    def default(self) -> str | None:
        """Return the version that scores where a request to TorchServe names none."""
        answer = self._call("GET", f"/models/{NAME}")
        found = self._read(answer) if answer.status_code == 200 else self._nothing(answer)
        return str(found[0]["modelVersion"]) if found else None

    def version(self, version: str) -> dict[str, Any] | None:
        """Return what TorchServe tells of one version; None where it has none of that name."""
        answer = self._call("GET", f"/models/{NAME}/{version}")
        found = self._read(answer) if answer.status_code == 200 else self._nothing(answer)
        return found[0] if found else None

    def own_words(self, version: str, timeout_s: float = 60.0) -> dict[str, Any]:
        """Return what the version's handler tells of itself; it answers after the images that wait."""
        answer = self._call("GET", f"/models/{NAME}/{version}?customized=true", timeout_s=timeout_s)
        self._refuse_failure(answer, f"version {version} does not describe itself")
        told = self._read(answer)[0].get("customizedMetadata")
        told = json.loads(told) if isinstance(told, str) else told
        if not isinstance(told, dict) or "weights_sha256" not in told:
            raise RefusedError(f"{self.address}: version {version} does not tell what it is")
        return told

    def register(self, archive: str, batch_size: int, max_batch_delay_ms: int) -> None:
        """Register an archive of the store with one worker, and wait until that has loaded.

        By query parameters: a body of JSON without a delay sets nonsense. Where the worker does not start,
        the version stays registered without any: unregister it then.
        """
        asked = {
            "url": archive,
            "model_name": NAME,
            "initial_workers": 1,
            "synchronous": "true",
            "batch_size": batch_size,
            "max_batch_delay": max_batch_delay_ms,
        }
        answer = self._call("POST", "/models", asked, START_S)
        self._refuse_failure(answer, f"{archive} was not registered")

    def scale(self, version: str, workers: int) -> None:
        """Bring a version to that many workers and wait until they have loaded."""
        asked = {"min_worker": workers, "max_worker": workers, "synchronous": "true"}
        answer = self._call("PUT", f"/models/{NAME}/{version}", asked, START_S)
        self._refuse_failure(answer, f"version {version} was not scaled to {workers}")

    def set_default(self, version: str) -> None:
        """Let a version score where a request names none."""
        answer = self._call("PUT", f"/models/{NAME}/{version}/set-default")
        self._refuse_failure(answer, f"version {version} was not made the default")

    def unregister(self, version: str) -> None:
        """Remove a version and its workers; what they work on is lost, so drain it before."""
        answer = self._call("DELETE", f"/models/{NAME}/{version}", timeout_s=130.0)
        if answer.status_code != 404:
            self._refuse_failure(answer, f"version {version} was not unregistered")

    def is_ready(self, version: str) -> bool:
        """Tell whether the version has the workers it wants, loaded and warm."""
        described = self.version(version)
        return described is not None and is_enough(described)

    def wait_until_ready(self, version: str, timeout_s: float) -> None:
        """Wait until the version is ready; raises UnreachableError where that takes longer."""
        deadline = time.monotonic() + timeout_s
        while not self.is_ready(version):
            if time.monotonic() > deadline:
                raise UnreachableError(f"{self.address}: version {version} was not ready in {timeout_s:g} s")
            time.sleep(0.2)

    def score(self, version: str, image: bytes, mpp: float | None) -> dict[str, Any]:
        """Score one image and return the answer document; raises RefusedError with the image's problem."""
        headers = self._key("inference") | {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Content-Type": "application/octet-stream"}
        headers |= {} if mpp is None else {"X-Ki67-Mpp": str(mpp)}
        address = f"{self._inference}/predictions/{NAME}/{version}"
        try:
            answer = self._client.post(address, content=image, headers=headers, timeout=SCORE_S)
        except httpx2.HTTPError as error:
            raise UnreachableError(f"{self._inference} does not score: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise RefusedError(f"version {version} answered {answer.status_code}: {_message(answer)}")
        scored: dict[str, Any] = answer.json()
        return scored

    def _call(
        self, method: str, path: str, query: dict[str, Any] | None = None, timeout_s: float = ANSWER_S
    ) -> httpx2.Response:
        try:
            answer = self._client.request(
                method,
                self.address + path,
                params=query,
                headers=self._key("management"),
                timeout=httpx2.Timeout(timeout_s, connect=ANSWER_S),
            )
        except httpx2.HTTPError as error:
            raise UnreachableError(f"TorchServe at {self.address} does not answer: {_name(error)}") from error
        if answer.status_code in (400, 401) and "key" in _message(answer).lower():
            raise UnreachableError(f"TorchServe at {self.address} does not take the key of {self._key_file}")
        return answer

    def _key(self, name: str) -> dict[str, str]:
        if self._key_file is None or not self._key_file.exists():
            return {}
        try:
            written = json.loads(self._key_file.read_text(encoding="utf-8"))
            return {"Authorization": f"Bearer {written[name]['key']}"}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreachableError(
                f"{self._key_file} holds no {name} key; is TorchServe starting?"
            ) from error

    def _nothing(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        if answer.status_code == 404:
            return []
        raise UnreachableError(f"{self.address} answered {answer.status_code}: {_message(answer)}")

    def _read(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = answer.json()
        except ValueError as error:
            raise UnreachableError(
                f"{self.address} answers no JSON; is it the management address?"
            ) from error
        return found

    def _refuse_failure(self, answer: httpx2.Response, what: str) -> None:
        if answer.status_code >= 400:
            raise RefusedError(f"{self.address}: {what}: {_message(answer)}")


def _message(answer: httpx2.Response) -> str:
    try:
        told = answer.json()
        return str(told.get("message") or told.get("detail") or answer.status_code)
    except (ValueError, AttributeError):
        return f"status {answer.status_code}"


def _name(error: Exception) -> str:
    return type(error).__name__
