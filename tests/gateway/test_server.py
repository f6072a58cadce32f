"""The gateway as it is served: gunicorn with the project's own configuration, started for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from benchmark.servers.ports import free_ports
from tests.gateway.stage import SECRET, Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(down: Stage) -> Iterator[str]:
    """Serve the stage's database with gunicorn, two processes."""
    with served(down, GATEWAY_PROCESSES="2") as address:
        yield address


@contextmanager
def served(down: Stage, **more: str) -> Iterator[str]:
    """Serve the stage's database with gunicorn; stops in good order or fails."""
    (port,) = free_ports(1)
    environment = os.environ | {
        "GATEWAY_SECRET": SECRET,
        "GATEWAY_VAR_FOLDER": str(down.services.settings.folder),
        "GATEWAY_TORCHSERVE_URL": down.services.settings.torchserve_url,
        "GATEWAY_PORT": str(port),
        "GATEWAY_DATABASE_URL": down.services.settings.database,
        **more,
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


@contextmanager
def said(address: str, sent: bytes) -> Iterator[socket.socket]:
    """Open a connection, send these bytes and no more."""
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        connection.sendall(sent)
        yield connection


def answer_on(connection: socket.socket) -> bytes:
    """Read until the gateway closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def head(stage: Stage, *lines: str) -> bytes:
    """Return the head of a POST that Alice may make."""
    first = ("POST /api/v1/analyses HTTP/1.1", "Host: x", f"Authorization: Bearer {stage.alice.key}")
    return "\r\n".join((*first, "Content-Type: multipart/form-data; boundary=b", *lines, "", "")).encode()


def test_clients_that_stop_half_way_hold_nobody_up(down: Stage) -> None:
    with served(down, GATEWAY_THREADS="2", GATEWAY_CLIENT_STALL_SECONDS="1.5") as address:
        half_a_head = b"GET /healthz HTTP/1.1\r\nHost:"
        with said(address, half_a_head) as one, said(address, half_a_head) as two:
            assert httpx2.get(f"{address}/healthz", timeout=20).status_code == 200
            assert answer_on(one) == answer_on(two) == b""
        with said(address, head(down, "Content-Length: 1000") + b"--b\r\n") as slow:
            answer = answer_on(slow)
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            assert b"/problems/request-timeout" in answer


def test_a_client_that_takes_nothing_is_cut_off(down: Stage) -> None:
    with served(down, GATEWAY_THREADS="2", GATEWAY_CLIENT_STALL_SECONDS="1.5") as address:
        many = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
        with said(address, many), said(address, many):
            time.sleep(1)
            assert httpx2.get(f"{address}/healthz", timeout=20).status_code == 200
