"""Servers in TorchServe's place that do what the real one does only on a bad day."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_GATE_SECONDS = 60
"""A test that fails before it opens the gate comes to an end."""


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections and never answer; give the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


class Answering(ThreadingHTTPServer):
    """Answers everything alike while its gate is open, and counts how many it has in hand at once."""

    daemon_threads = True

    def __init__(self, status: int, body: bytes, content_type: str, *, keeps: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Keeping if keeps else _Handler)
        self.status, self.body, self.content_type = status, body, content_type
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.in_hand, self.most_at_once, self.requests, self.connections = 0, 0, 0, 0
        self.gate, self._lock = threading.Event(), threading.Lock()
        self.gate.set()

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    def note(self, change: int) -> None:
        with self._lock:
            self.in_hand += change
            self.requests += change > 0
            self.most_at_once = max(self.most_at_once, self.in_hand)


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.note(1)
        self.server.gate.wait(_GATE_SECONDS)
        self.server.note(-1)
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.content_type)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = _answer  # noqa: N815 - the base class's names

    def log_message(self, *_arguments: object) -> None:
        pass


class _Keeping(_Handler):
    protocol_version = "HTTP/1.1"


@contextmanager
def answering_server(
    status: int, body: bytes = b"{}", content_type: str = "application/json", *, keeps: bool = False
) -> Iterator[Answering]:
    """Serve until the block ends; where it `keeps`, a connection serves for several requests."""
    with Answering(status, body, content_type, keeps=keeps) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
