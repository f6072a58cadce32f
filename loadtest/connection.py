"""One person's connection: a question in, the answer out; status 0 where none came.

It is made anew for each visit, as people do: no visit meets a connection that the service has closed
meanwhile. The client is the one beneath locust's FastHttpUser; that class counts time from the sending, which
would hide waiting.
"""

from typing import Self

from geventhttpclient import HTTPClient
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPParseError

from loadtest.checks import Question
from loadtest.contract import Answer

CONNECT_S, ANSWER_S = 10.0, 330.0
"""Longer than the gateway ever waits for a result."""


class Connection:
    """Keep-alive connections to one service, closed when the block ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = self._new_client(ANSWER_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def send(self, question: Question) -> Answer:
        """Send and wait for the whole answer, or as long as the person does."""
        if question.leaves_after_s is None:
            return _answer(self._client, question)
        client = self._new_client(question.leaves_after_s)
        try:
            return _answer(client, question)
        finally:
            client.close()

    def _new_client(self, answer_s: float) -> HTTPClient:
        return HTTPClient.from_url(self._url, connection_timeout=CONNECT_S, network_timeout=answer_s)


def _answer(client: HTTPClient, question: Question) -> Answer:
    try:
        response = client.request(
            question.method, question.path, body=question.body or b"", headers=dict(question.headers)
        )
        body = bytes(response.read())
        return Answer(response.status_code, _lower(response.info()), body)
    except (OSError, HTTPParseError) as error:
        return Answer(0, {}, f"{type(error).__name__}: {error}".encode())


def _lower(headers: Headers) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}
