"""One client's keep-alive connection: a body out, status and answer in; opened anew where it was closed.

TorchServe closes the connection after every answer from 400 on, and any server closes an idle one.
"""

import http.client
from dataclasses import dataclass

_CLOSED = (http.client.RemoteDisconnected, http.client.CannotSendRequest, ConnectionError)


@dataclass(frozen=True)
class Answer:
    """Status and body as they came."""

    status: int
    body: bytes


class Connection:
    """Sends to one address; not shared between threads."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._http = http.client.HTTPConnection(host, port, timeout=timeout_s)
        self._used = False

    def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send and wait for the answer; raises OSError or http.client.HTTPException where none comes."""
        try:
            return self._once(path, headers, body)
        except _CLOSED:
            was_used = self._used
            self.close()
            if not was_used:
                raise
            return self._once(path, headers, body)

    def close(self) -> None:
        """Close; the next `post` opens it again."""
        self._used = False
        self._http.close()

    def _once(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self._http.request("POST", path, body, headers)
        response = self._http.getresponse()
        answer = Answer(response.status, response.read())
        self._used = True
        if answer.status >= 400:
            self.close()
        return answer
