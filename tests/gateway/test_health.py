"""/healthz, /readyz and /metrics."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway import health
from tests.gateway.misbehaving import answering_server, silent_server
from tests.gateway.stage import Stage, body, set_stage, stage_settings


def test_without_torchserve_images_are_still_taken_and_the_failure_is_told(down: Stage, field: bytes) -> None:
    client = down.app.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert down.alice.upload([("a.png", field)], wait="0").status_code == 202
    assert body(answer)["checks"] == {"database": "ok", "objects": "ok", "torchserve": "failing"}


def test_a_lost_database_is_told(on_sqlite: Stage) -> None:
    (on_sqlite.services.settings.folder / "ki67.sqlite3").write_bytes(b"not a database" * 100)
    answer = on_sqlite.app.test_client().get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.content_type == "application/problem+json"
    assert body(answer)["checks"]["database"] == "failing"
    assert on_sqlite.alice.get("/api/v1/analyses").content_type == "application/problem+json"


def test_objects_that_cannot_be_written_are_told(down: Stage) -> None:
    folder = down.services.settings.objects_folder
    shutil.rmtree(folder)
    folder.write_text("in the way")
    answer = down.app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert body(answer)["checks"]["objects"] == "failing"


def test_with_everything_running_it_is_ready(live: Stage) -> None:
    answer = live.app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert set(body(answer)["checks"].values()) == {"ok"}


@pytest.mark.parametrize("answer", [b"[]", b"no JSON", b'{"code": 500}'])
def test_a_server_that_talks_nonsense_is_torchserve_failing(
    tmp_path: Path, migrated: Path, answer: bytes
) -> None:
    with answering_server(200, answer) as server:
        stage = set_stage(stage_settings(tmp_path, torchserve_url=server.url), migrated)
        assert body(stage.app.test_client().get("/readyz"))["checks"]["torchserve"] == "failing"
        stage.close()


def test_a_silent_torchserve_delays_nobody_for_long(tmp_path: Path, migrated: Path) -> None:
    with silent_server() as url:
        stage = set_stage(stage_settings(tmp_path, torchserve_url=url), migrated)
        started = time.monotonic()
        assert body(stage.app.test_client().get("/readyz"))["checks"]["torchserve"] == "failing"
        assert stage.alice.get("/api/v1/models").status_code == 200
        assert time.monotonic() - started < 15
        stage.close()


def test_readiness_is_asked_of_torchserve_once_in_a_while(tmp_path: Path, migrated: Path) -> None:
    with answering_server(422, b"{}", "application/problem+json") as server:
        stage = set_stage(stage_settings(tmp_path, torchserve_url=server.url), migrated)
        client = stage.app.test_client()
        assert {client.get("/readyz").status_code for _ in range(5)} == {200}
        assert server.requests == 1
        time.sleep(2.1)
        assert body(client.get("/readyz"))["checks"]["torchserve"] == "ok"
        assert server.requests == 2
        stage.close()


def test_a_check_that_hangs_is_told_once_the_last_one_is_old(
    down: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> bool:
        hangs.set()
        return goes_on.wait(60)

    for name, seconds in {"_KEPT_SECONDS": 0, "_VALID_SECONDS": 3, "_PATIENCE_SECONDS": 0.1}.items():
        monkeypatch.setattr(health, name, seconds)
    client = down.app.test_client()
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "_objects", hang)
    with ThreadPoolExecutor(1) as thread:
        hanging = thread.submit(down.app.test_client().get, "/readyz")
        try:
            assert hangs.wait(20)
            answer = first_failure(client)
            assert set(body(answer)["checks"].values()) == {"failing"}
            assert not hanging.done()
        finally:
            goes_on.set()
    assert hanging.result().status_code == client.get("/readyz").status_code == 200


def first_failure(client: FlaskClient) -> TestResponse:
    """Ask until it is not ready."""
    deadline = time.monotonic() + 20
    while (answer := client.get("/readyz")).status_code == 200:
        assert time.monotonic() < deadline, "it stays ready"
        time.sleep(0.05)
    return answer


def test_metrics_count_requests_and_backlog(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], wait="0")
    text = down.app.test_client().get("/metrics").text
    assert 'gateway_analyses{status="queued"} 1.0' in text
    assert 'gateway_requests_total{method="POST",route="/api/v1/analyses",status="202"}' in text


def test_metrics_tell_how_long_answers_take_and_how_many_hints_wait(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], wait="0")
    text = down.app.test_client().get("/metrics").text
    assert "gateway_hints 1.0" in text
    assert 'gateway_request_seconds_bucket{le="300.0",route="/api/v1/analyses"}' in text


def test_a_lost_queue_takes_no_other_metric_with_it(on_sqlite: Stage) -> None:
    on_sqlite.services.jobs.huey.storage.close()
    on_sqlite.services.settings.jobs_path.write_bytes(b"not a database" * 100)
    text = on_sqlite.app.test_client().get("/metrics").text
    assert "gateway_hints NaN" in text
    assert 'gateway_analyses{status="queued"} 0.0' in text


def test_metrics_count_scoring_by_version(live: Stage, scored: dict[str, Any]) -> None:
    text = live.app.test_client().get("/metrics").text
    version = scored["model"]["version"]
    assert f'gateway_scored_total{{outcome="succeeded",version="{version}"}}' in text
    assert f'gateway_scoring_seconds_count{{outcome="succeeded",version="{version}"}}' in text
    assert f'gateway_routed_total{{chosen_by="default",version="{version}"}}' in text
    assert f'ki67_route_percent{{route="answer",version="{version}"}} 100.0' in text
