"""OpenTelemetry traces, where a collector is configured: a span a request, one a scoring, one id in all logs.

    request -> pool's thread | hint -> worker -> scoring -> TorchServe (traceparent, X-Request-Id,
                                                                       X-Correlation-Id)

Attributes are the few that are named here: a path, a query, an address or a header may tell whose image it
is, so that none is taken over wholesale.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from apiflask import APIFlask
from flask import Response, current_app, g, request
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.interface.settings import InterfaceSettings

_NAME = "ki67-traces"
_QUIET = frozenset({"health.alive", "health.ready", "health.metrics_text"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXPORT_SECONDS = 5
_OFF = trace.NoOpTracerProvider()
_propagator = TraceContextTextMapPropagator()


def init_app(app: APIFlask, settings: InterfaceSettings) -> None:
    """Trace every request but those of operators."""
    if settings.otlp_endpoint is None:
        return
    app.extensions[_NAME] = _provider(settings.otlp_endpoint)
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)


def close(app: APIFlask) -> None:
    """Send what is left, and stop."""
    provider: TracerProvider | None = app.extensions.get(_NAME)
    if provider:
        provider.shutdown()


def _provider(endpoint: str) -> TracerProvider:
    """Send in batches from a thread of its own; what a collector that is away would need is dropped."""
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    limits = SpanLimits(max_attributes=32, max_attribute_length=128, max_events=8)
    provider = TracerProvider(resource=Resource({"service.name": "ki67-gateway"}), span_limits=limits)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=2048,
            max_export_batch_size=256,
            schedule_delay_millis=1000,
            export_timeout_millis=1000 * _EXPORT_SECONDS,
        )
    )
    return provider


def _tracer() -> Tracer:
    provider: trace.TracerProvider = current_app.extensions.get(_NAME, _OFF)
    return provider.get_tracer("gateway")


def _begin() -> None:
    if request.endpoint in _QUIET:
        return
    method = request.method if request.method in _METHODS else "other"
    route = request.url_rule.rule if request.url_rule else "none"
    g.span_activation = trace.use_span(
        _tracer().start_span(
            f"{method} {route}",
            context=_sent(),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route, "request_id": g.request_id},
        ),
        end_on_exit=True,
        record_exception=False,
    )
    g.span_activation.__enter__()


def _sent() -> Context:
    """Return the trace that the client began, if any."""
    names = ("traceparent", "tracestate")
    return _propagator.extract({name: request.headers[name] for name in names if name in request.headers})


def _note(response: Response) -> Response:
    span = trace.get_current_span()
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        span.set_status(Status(StatusCode.ERROR))
    return response


def _end(_error: BaseException | None) -> None:
    activation = g.pop("span_activation", None)
    if activation is not None:
        activation.__exit__(None, None, None)


@contextmanager
def scoring_span(analysis_id: str, model_version: str, attempt: int) -> Iterator[Span]:
    """Trace one attempt at scoring, below the request that waits for it where one does."""
    attributes: dict[str, Any] = {
        "analysis_id": analysis_id,
        "ki67.model_version": model_version,
        "ki67.attempt": attempt,
        "request_id": _request_id() or "",
    }
    with _tracer().start_as_current_span(
        "score", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def carried() -> dict[str, str]:
    """Return where this thread's work comes from, as headers: for the worker, and for TorchServe's log."""
    sent: dict[str, str] = {}
    _propagator.inject(sent)
    request_id = _request_id()
    return sent | ({"X-Request-Id": request_id} if request_id else {})


@dataclass(frozen=True)
class Origin:
    """The request that work belongs to, for the thread that does it."""

    request_id: str | None
    context: Context

    @contextmanager
    def continued(self) -> Iterator[None]:
        """Trace and log what follows as that request's."""
        token = attach(self.context)
        try:
            with structlog.contextvars.bound_contextvars(**_named(self.request_id)):
                yield
        finally:
            detach(token)


def origin_of(said: Mapping[str, str]) -> Origin:
    """Return where work comes from, as another process said."""
    return Origin(said.get("X-Request-Id"), _propagator.extract(said))


def origin() -> Origin:
    """Return where this thread's work comes from."""
    return Origin(_request_id(), get_current())


def _request_id() -> str | None:
    found = structlog.contextvars.get_contextvars().get("request_id")
    return found if isinstance(found, str) else None


def _named(request_id: str | None) -> dict[str, str]:
    return {"request_id": request_id} if request_id else {}


def add_trace_id(_logger: object, _method: str, line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the trace's id to a log line (a processor of structlog)."""
    found = trace.get_current_span().get_span_context()
    return {**line, "trace_id": trace.format_trace_id(found.trace_id)} if found.is_valid else line
