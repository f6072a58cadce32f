"""A server in TorchServe's place whose versions answer as a test wants: fail, refuse, be gone, disagree."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgpack

from gateway.torchserve import MESSAGE_TYPE
from handler.answer import to_message
from handler.packing import pack_map, pack_nuclei
from tests.gateway.stage import Stage, set_stage, stage_settings
from tests.gateway.test_claims import ANSWER
from tests.handler.test_answer import some_analysis, some_nuclei


@dataclass(frozen=True)
class Answer:
    """What a version answers, whatever it is sent."""

    status: int
    body: bytes = b"{}"
    content_type: str = "application/json"


MISSING = Answer(404, b'{"code": 404, "type": "ModelVersionNotFoundException", "message": "..."}')
FULL = Answer(503, b'{"code": 503, "type": "ServiceUnavailableException", "message": "..."}')
DIED = Answer(500, b'{"code": 500, "type": "InternalServerException", "message": "Worker died."}')
REFUSED = Answer(
    422, b'{"type": "/problems/odd", "title": "Odd", "detail": "..."}', "application/problem+json"
)


def scored(index_percent: float | None = 25.0, category: str | None = "high") -> Answer:
    """Return a made-up result."""
    answer = ANSWER | {"index_percent": index_percent, "category": category}
    whole = to_message(some_analysis(some_nuclei(20, 1), 1))
    message = {"answer": answer, "nuclei": pack_nuclei(whole), "map": pack_map(whole)}
    return Answer(200, msgpack.packb(message), MESSAGE_TYPE)


@dataclass
class Versions:
    """How each version answers; `asked` counts the images that each was sent."""

    answers: dict[str, Answer]
    asked: Counter[str] = field(default_factory=Counter)
    gate: threading.Event = field(default_factory=threading.Event)
    """Closed, it holds up everything that `held` names."""
    held: frozenset[str] = frozenset()
    url: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    versions: Versions


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        image = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        versions, version = self.server.versions, self.path.rpartition("/")[2]
        if image:
            versions.asked[version] += 1
        if version in versions.held:
            versions.gate.wait(60)
        self._send(versions.answers.get(version, MISSING) if image else REFUSED)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serving(**answers: Answer) -> Iterator[Versions]:
    """Serve versions named like `v1_0` until the block ends."""
    named = {name[1:].replace("_", "."): answer for name, answer in answers.items()}
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.versions = Versions(named, url=f"http://127.0.0.1:{server.server_port}")
        server.versions.gate.set()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.versions
        finally:
            server.versions.gate.set()
            server.shutdown()
            thread.join()


@contextmanager
def stage_of(versions: Versions, folder: Path, migrated: Path, **more: Any) -> Iterator[Stage]:
    """Set a gateway before that server; it compares all images of a canary."""
    chosen = {"canary_compared_percent": 100, "torchserve_retries": 0} | more
    stage = set_stage(stage_settings(folder, torchserve_url=versions.url, **chosen), migrated)
    try:
        yield stage
    finally:
        versions.gate.set()
        stage.close()
