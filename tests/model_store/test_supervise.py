"""A real TorchServe in production: ready only when warm, full quickly, mended by itself, drained to end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import httpx2
import psutil
import pytest

from handler.example import example_png
from handler.in_flight import at_work
from handler.priority import NICENESS
from model_store.archive import ROOT, build_archive
from model_store.serve import describe, is_ready
from tests.model_store.made import add_version, project
from tests.serving import RunningTorchServe

VERSION = "colour-queue"
QUEUE, BATCH = 24, 2
EXAMPLE = example_png()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTorchServe]:
    folder = tmp_path_factory.mktemp("supervised")
    root = project(folder / "project")
    add_version(root, VERSION, jobQueueSize=QUEUE, batchSize=BATCH)
    archive = build_archive(VERSION, folder / "archives", root)
    server = RunningTorchServe(folder / "run", [archive], version=VERSION, supervised=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def score(server: RunningTorchServe) -> tuple[int, float]:
    """Return status and seconds; 0 where the connection was closed without an answer."""
    started = time.monotonic()
    try:
        status = server.post(EXAMPLE, {"X-Ki67-Mpp": "0.25"}).status_code
    except httpx2.TransportError:
        status = 0
    return status, time.monotonic() - started


def probe(server: RunningTorchServe, *words: str) -> tuple[int, str]:
    """Return exit status and line of the readiness program."""
    command = [sys.executable, "-m", "model_store.ready", "--folder", str(server.folder), *words]
    command += ["--inference-port", str(server.ports.inference)]
    command += ["--management-port", str(server.ports.management)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip()


def test_it_is_ready_and_alive_by_its_probes(server: RunningTorchServe) -> None:
    assert probe(server) == (0, "ready")
    assert probe(server, "--live") == (0, "ready")


def test_it_is_not_ready_for_a_model_that_has_not_loaded_though_it_is_alive(
    server: RunningTorchServe,
) -> None:
    status, told = probe(server, "--name", "other")
    assert status == 1
    assert "does not describe other" in told


def test_a_worker_that_is_ready_lets_others_go_first(server: RunningTorchServe) -> None:
    assert all(psutil.Process(pid).nice() >= NICENESS for pid in server.worker_pids())


def test_the_stages_are_told_to_prometheus_by_version(server: RunningTorchServe) -> None:
    server.post(EXAMPLE, {"X-Request-Start": f"t={time.time()}"})
    stages = ("queue_seconds", "decode_seconds", "forward_seconds", "postprocessing_seconds", "batch_size")
    wanted = {
        f'ki67_{stage}_count{{ModelVersion="{VERSION}",ModelName="ki67",Level="Model"' for stage in stages
    }
    end = time.monotonic() + 10
    while missing := {line for line in wanted if line not in metrics(server)}:
        assert time.monotonic() < end, missing
        time.sleep(0.2)


def metrics(server: RunningTorchServe) -> str:
    return httpx2.get(f"http://127.0.0.1:{server.ports.metrics}/metrics", timeout=30).text


def test_what_does_not_fit_in_the_queue_gets_503_at_once_and_the_rest_is_scored(
    server: RunningTorchServe,
) -> None:
    with ThreadPoolExecutor(60) as clients:
        answers = list(clients.map(lambda _: score(server), range(60)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) == {200, 503}
    assert statuses[200] >= QUEUE
    slowest_refusal = max(seconds for status, seconds in answers if status == 503)
    slowest_answer = max(seconds for status, seconds in answers if status == 200)
    assert slowest_refusal < slowest_answer / 2


def test_a_worker_killed_in_the_middle_of_a_batch_is_back_within_15_seconds(
    server: RunningTorchServe,
) -> None:
    (worker,) = server.worker_pids()
    with ThreadPoolExecutor(8) as clients:
        sent = [clients.submit(score, server) for _ in range(8)]
        wait_until_at_work(server)
        os.kill(worker, signal.SIGKILL)
        killed = time.monotonic()
        wait(sent)
        while not (is_ready(server.ports, server.folder) and server.worker_pids() != [worker]):
            assert time.monotonic() - killed < 15
            time.sleep(0.1)
    statuses = Counter(each.result()[0] for each in sent)
    assert statuses[200] >= 8 - 2 * BATCH, "only what the worker held is lost, and its sender is told"
    assert set(statuses) <= {200, 500, 503}
    assert score(server)[0] == 200


def wait_until_at_work(server: RunningTorchServe) -> None:
    end = time.monotonic() + 20
    while not at_work(server.folder / "tmp" / "models" / "in-flight"):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_sigterm_with_20_in_flight_answers_all_20_and_ends_with_status_0(server: RunningTorchServe) -> None:
    assert server.process is not None
    with ThreadPoolExecutor(20) as clients:
        sent = [clients.submit(score, server) for _ in range(20)]
        wait_until_queued(server, 10)
        server.process.send_signal(signal.SIGTERM)
        not_ready = wait_for_probe(server)
        wait(sent)
    assert server.process.wait(30) == 0
    assert Counter(each.result()[0] for each in sent) == {200: 20}
    assert not_ready == (1, "it is being stopped")


def wait_until_queued(server: RunningTorchServe, least: int) -> None:
    end = time.monotonic() + 20
    while describe(server.ports, server.keys)["jobQueueStatus"]["pendingRequests"] < least:
        assert time.monotonic() < end
        time.sleep(0.005)


def wait_for_probe(server: RunningTorchServe) -> tuple[int, str]:
    end = time.monotonic() + 5
    while not (server.folder / "draining").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    return probe(server)


def test_after_a_new_start_it_is_ready_again(server: RunningTorchServe) -> None:
    server.stop()
    server.start()
    assert probe(server) == (0, "ready")
    assert score(server)[0] == 200


def test_killed_supervisor_leaves_no_server_behind(server: RunningTorchServe) -> None:
    server.stop(signal.SIGKILL)
    end = time.monotonic() + 10
    while listens(server):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert probe(server, "--live")[0] == 1


def listens(server: RunningTorchServe) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", server.ports.inference)) == 0
