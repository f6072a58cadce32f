"""The gateway as it is served: gunicorn with the project's own configuration, started for real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.gateway.stage import SECRET, Stage
from tests.serving import free_ports

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(down: Stage) -> Iterator[str]:
    """Serve the stage's database with gunicorn, two processes."""
    (port,) = free_ports(1)
    environment = os.environ | {
        "GATEWAY_SECRET": SECRET,
        "GATEWAY_VAR_FOLDER": str(down.services.settings.folder),
        "GATEWAY_TORCHSERVE_URL": down.services.settings.torchserve_url,
        "GATEWAY_TORCHSERVE_MANAGEMENT_URL": down.services.settings.torchserve_management_url,
        "GATEWAY_PORT": str(port),
        "GATEWAY_PROCESSES": "2",
    }
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [str(gunicorn), "--config", "gateway/gunicorn.conf.py", "gateway:create_app()"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_until_alive(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def wait_until_alive(address: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/healthz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.3)
    raise TimeoutError("the gateway did not start")


def test_an_upload_over_the_wire_is_stored(down: Stage, address: str, field: bytes) -> None:
    answer = httpx2.post(
        f"{address}/api/v1/analyses",
        headers=down.alice.headers,
        files=[("images", ("a.png", field)), ("images", ("b.png", field))],
        data={"wait": "0"},
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    for item in answer.json()["items"]:
        record = httpx2.get(
            address + item["analysis"]["links"]["self"], headers=down.alice.headers, timeout=30
        )
        assert record.json()["status"] == "queued"


def test_metrics_are_those_of_all_processes(down: Stage, address: str) -> None:
    before = listed(address)
    for _ in range(6):
        httpx2.get(f"{address}/api/v1/analyses", headers=down.alice.headers, timeout=30).raise_for_status()
    assert listed(address) == before + 6


def listed(address: str) -> float:
    text = httpx2.get(f"{address}/metrics", timeout=30).text
    counted = 'gateway_requests_total{method="GET",route="/api/v1/analyses",status="200"} '
    return sum(float(line.removeprefix(counted)) for line in text.splitlines() if line.startswith(counted))
