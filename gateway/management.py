"""What TorchServe's management API tells of the models: asked now and then, and never waited for long.

A client of its own, so that images being scored do not delay it, nor it them.
"""

from typing import Any

import httpx2

from gateway.settings import Settings
from gateway.torchserve import TorchServeUnavailableError
from gateway.torchserve_keys import KeyFile

_ANSWER_SECONDS = 3.0
_CONNECTIONS = 4
_KEY_REFUSED = (400, 401)


class Management:
    """Asks once; the next question comes soon enough."""

    def __init__(self, settings: Settings) -> None:
        limits = httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self._client = httpx2.Client(limits=limits, timeout=_ANSWER_SECONDS, trust_env=False)
        self._keys = KeyFile(settings.key_file)
        self._address = f"{settings.torchserve_management_url}/models/{settings.model_name}"

    def describe(self, part: str = "all") -> list[dict[str, Any]]:
        """Return what is told of every version, or of one with the handler's own words.

        Raises TorchServeUnavailableError, whatever went wrong. The handler answers for itself only after the
        images that wait.
        """
        own_words = "" if part == "all" else "?customized=true"
        try:
            response = self._client.get(
                f"{self._address}/{part}{own_words}", headers=self._keys.header("management")
            )
            described = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise TorchServeUnavailableError(type(error).__name__) from error
        if response.status_code in _KEY_REFUSED:
            self._keys.forget()
        if response.status_code != 200 or not _is_description(described):
            raise TorchServeUnavailableError(f"the management API answered {response.status_code}")
        return list(described)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _is_description(described: Any) -> bool:
    return isinstance(described, list) and all(
        isinstance(each, dict) and {"modelName", "modelVersion"} <= each.keys() for each in described
    )
