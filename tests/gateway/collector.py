"""A tiny OpenTelemetry collector: takes spans over HTTP as the real one does, and keeps them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class SpanSeen:
    """What a test asks of a span."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    failed: bool
    attributes: dict[str, str | int]


class Collector(ThreadingHTTPServer):
    """Takes `POST /v1/traces`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.spans: list[SpanSeen] = []
        self.bodies: list[bytes] = []

    def wait_for(self, *names: str) -> list[SpanSeen]:
        """Wait until spans of those names have come; return all."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not set(names) <= {span.name for span in self.spans}:
            assert time.monotonic() < deadline, f"only {[span.name for span in self.spans]} came"
            time.sleep(0.05)
        return list(self.spans)


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.server.bodies.append(body)
            self.server.spans += _spans(body)
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


def _spans(body: bytes) -> list[SpanSeen]:
    sent = ExportTraceServiceRequest.FromString(body)
    return [
        SpanSeen(
            span.name,
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            span.kind,
            span.status.code == span.status.STATUS_CODE_ERROR,
            {each.key: each.value.string_value or each.value.int_value for each in span.attributes},
        )
        for resource in sent.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect until the block ends."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
