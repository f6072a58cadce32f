"""Traces: one for an image from its POST to TorchServe, joined to all logs by one id; nobody's data in it."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from benchmark.servers.ports import free_ports
from gateway.interface import tracing
from tests.gateway.collector import Collector, SpanSeen, collecting
from tests.gateway.stage import ANALYSES, Stage, set_stage, stage_settings
from tests.gateway.test_queued import worker
from tests.serving import RunningTorchServe

POST = f"POST {ANALYSES}"
SERVER = 2
REQUEST_ID = "a-request-of-the-tests"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as server:
        yield server


@pytest.fixture
def traced(tmp_path: Path, migrated: Path) -> Iterator[Callable[..., Stage]]:
    """Makes gateways that send their traces there."""
    made: list[Stage] = []

    def make(endpoint: str, torchserve: RunningTorchServe | None = None) -> Stage:
        folder = tmp_path / str(len(made))
        made.append(set_stage(stage_settings(folder, torchserve, otlp_endpoint=endpoint), migrated))
        return made[-1]

    yield make
    for stage in made:
        tracing.close(stage.app)
        stage.close()


def one(spans: list[SpanSeen], name: str) -> SpanSeen:
    (found,) = [span for span in spans if span.name == name]
    return found


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]


def test_an_image_is_one_trace_from_its_post_to_torchserves_log(
    collector: Collector,
    traced: Callable[..., Stage],
    torchserve: RunningTorchServe,
    field: bytes,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = traced(collector.url, torchserve)
    answer = stage.alice.upload(
        [("Mrs Example.png", field)], {"X-Request-Id": REQUEST_ID}, mpp="0.5", wait="240"
    )
    assert answer.status_code == 200, answer.text
    spans = collector.wait_for(POST, "score")
    request, scoring = one(spans, POST), one(spans, "score")
    assert (scoring.trace_id, scoring.parent_id) == (request.trace_id, request.span_id)
    assert (request.kind, request.parent_id) == (SERVER, "")
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["request_id"] == scoring.attributes["request_id"] == REQUEST_ID
    assert scoring.attributes["ki67.outcome"] == "succeeded"
    logged = {line["event"]: line for line in lines(capfd)}
    for event in ("answered", "scored"):
        assert logged[event]["trace_id"] == request.trace_id
        assert logged[event]["request_id"] == REQUEST_ID
    told = line_of(torchserve, str(scoring.attributes["analysis_id"]))
    assert f"request_id={REQUEST_ID}" in told
    assert f"trace=00-{request.trace_id}-{scoring.span_id}-" in told


def test_what_the_worker_scores_later_belongs_to_the_same_trace(
    collector: Collector, traced: Callable[..., Stage], field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the worker tells metrics of its own."""
    stage = traced(collector.url)
    stage.alice.upload([("a.png", field)], {"X-Request-Id": REQUEST_ID}, wait="0")
    (port,) = free_ports(1)
    monkeypatch.setenv("GATEWAY_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("GATEWAY_WORKER_METRICS_PORT", str(port))
    with worker(stage.services.settings):
        spans = collector.wait_for(POST, "score")
        text = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    scoring = next(span for span in spans if span.name == "score")
    assert (scoring.trace_id, scoring.parent_id) == (one(spans, POST).trace_id, one(spans, POST).span_id)
    assert scoring.attributes["request_id"] == REQUEST_ID
    assert scoring.attributes["ki67.outcome"] == "queued"
    assert 'gateway_scored_total{outcome="queued",version="1.1"}' in text


def line_of(torchserve: RunningTorchServe, analysis_id: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        text = torchserve.log.read_text(encoding="utf-8", errors="replace")
        found = [line for line in text.splitlines() if f"analysis_id={analysis_id}" in line]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("TorchServe's log does not name the analysis")


def test_a_trace_says_nothing_of_whose_image_it_is(
    collector: Collector, traced: Callable[..., Stage], field: bytes
) -> None:
    stage = traced(collector.url)
    posted = stage.alice.upload(
        [("Mrs Example.png", field)], {"User-Agent": "Erika"}, query="?name=Mustermann", wait="1"
    )
    assert posted.status_code in (202, 422)
    stage.alice.get(f"{ANALYSES}/Mustermann?q=Mustermann", {"Referer": "https://Mustermann.example"})
    stage.app.test_client().get("/of/Mustermann")
    collector.wait_for(POST, f"GET {ANALYSES}/<analysis_id>", "GET none")
    sent = b"".join(collector.bodies)
    for secret in ("Example", "Erika", "Mustermann", stage.alice.key, "127.0.0.1"):
        assert secret.encode() not in sent


def test_a_clients_trace_is_gone_on_with(collector: Collector, traced: Callable[..., Stage]) -> None:
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    traced(collector.url).alice.get(ANALYSES, {"traceparent": f"00-{trace_id}-{span_id}-01"})
    span = one(collector.wait_for(f"GET {ANALYSES}"), f"GET {ANALYSES}")
    assert (span.trace_id, span.parent_id) == (trace_id, span_id)


def test_a_request_that_failed_is_marked(collector: Collector, traced: Callable[..., Stage]) -> None:
    stage = traced(collector.url)
    (stage.services.settings.folder / "ki67.sqlite3").write_bytes(b"not a database" * 100)
    stage.alice.get("/api/v1/models")
    stage.app.test_client().get(f"{ANALYSES}/none")
    spans = collector.wait_for("GET /api/v1/models", f"GET {ANALYSES}/<analysis_id>")
    assert one(spans, "GET /api/v1/models").failed
    assert not one(spans, f"GET {ANALYSES}/<analysis_id>").failed
    assert one(spans, f"GET {ANALYSES}/<analysis_id>").trace_id != one(spans, "GET /api/v1/models").trace_id


def test_operators_questions_are_not_traced(collector: Collector, traced: Callable[..., Stage]) -> None:
    stage = traced(collector.url)
    for path in ("/healthz", "/readyz", "/metrics", ANALYSES):
        stage.app.test_client().get(path)
    assert [span.name for span in collector.wait_for(f"GET {ANALYSES}")] == [f"GET {ANALYSES}"]


def test_a_collector_that_is_away_holds_nobody_up(traced: Callable[..., Stage]) -> None:
    (port,) = free_ports(1)
    stage = traced(f"http://127.0.0.1:{port}")
    started = time.monotonic()
    assert {stage.alice.get(ANALYSES).status_code for _ in range(20)} == {200}
    assert time.monotonic() - started < 5


def test_by_default_nothing_is_traced(down: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    down.alice.get(ANALYSES)
    assert all("trace_id" not in line for line in lines(capfd))
    with down.app.app_context(), tracing.scoring_span("an-id", "1.1", 1) as span:
        assert not span.is_recording()
        assert tracing.carried() == {}
