"""Nothing accepted is lost: while TorchServe is down images wait, a worker finishes them later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.database import db
from gateway.models import Analysis, Result
from gateway.settings import Settings
from tests.gateway.stage import ANALYSES, SECRET, Stage, body, phantom_png, set_stage, stage_settings
from tests.serving import RunningTorchServe

ROOT = Path(__file__).parents[2]


def statuses(stage: Stage) -> list[str]:
    items = body(stage.ann.get(f"{ANALYSES}?limit=100"))["items"]
    return [item["status"] for item in items]


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the real worker process on these settings."""
    environment = os.environ | {
        "GATEWAY_SECRET": SECRET,
        "GATEWAY_VAR_FOLDER": str(settings.folder),
        "GATEWAY_DATABASE_URL": settings.database,
        "GATEWAY_TORCHSERVE_URL": settings.torchserve_url,
        "GATEWAY_TORCHSERVE_KEY_FILE": str(settings.key_file),
        "GATEWAY_SWEEP_SECONDS": "0.5",
        "GATEWAY_RETRY_SECONDS": "1",
        "GATEWAY_LEASE_SECONDS": "5",
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway.worker"], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=60) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_until_done(stage: Stage, seconds: float) -> list[str]:
    """Wait until nothing is unfinished."""
    deadline = time.monotonic() + seconds
    while {"queued", "running"} & set(statuses(stage)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return statuses(stage)


def test_while_torchserve_is_down_images_wait(down: Stage, field: bytes) -> None:
    answer = down.alice.upload([("a.png", field), ("broken.png", b"x"), ("b.png", field)], wait="3")
    assert answer.status_code == 202
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Location"] == f"{ANALYSES}?status=queued,running"
    items = body(answer)["items"]
    assert [item["status"] for item in items] == ["queued", "failed", "queued"]
    assert items[0]["analysis"]["index_percent"] is None
    assert statuses(down) == ["queued", "queued"]


def test_one_image_says_where_to_look_again(down: Stage, field: bytes) -> None:
    answer = down.alice.upload([("a.png", field)], wait="0")
    assert answer.status_code == 202
    assert answer.headers["Location"] == body(answer)["items"][0]["analysis"]["links"]["self"]


def test_who_sends_too_much_is_told_to_wait(tmp_path: Path, migrated: Path, field: bytes) -> None:
    settings = stage_settings(tmp_path / "var", backlog_limit_owner=2, backlog_limit=3)
    stage = set_stage(settings, migrated)
    assert stage.alice.upload([("a.png", field), ("b.png", field)], wait="0").status_code == 202
    own = stage.alice.upload([("c.png", field)], wait="0")
    assert (own.status_code, own.headers["Retry-After"]) == (429, "30")
    assert stage.bob.upload([("d.png", field)], wait="0").status_code == 202
    everybody = stage.bob.upload([("e.png", field)], wait="0")
    assert (everybody.status_code, everybody.headers["Retry-After"]) == (503, "60")
    stage.close()


@pytest.mark.timeout(600)
def test_the_worker_finishes_what_waits(
    torchserve: RunningTorchServe, tmp_path: Path, migrated: Path, field: bytes
) -> None:
    settings = stage_settings(tmp_path / "var", torchserve)
    stage = set_stage(settings, migrated)
    stage.alice.upload([(f"{index}.png", field) for index in range(3)], mpp="0.5", wait="0")
    with worker(settings):
        assert wait_until_done(stage, 240) == ["succeeded"] * 3
    stage.close()


@pytest.mark.long
@pytest.mark.timeout(1000)
def test_images_survive_torchserve_being_killed_under_them(
    archive: Path, tmp_path: Path, migrated: Path
) -> None:
    server = RunningTorchServe(tmp_path / "ts", [archive])
    server.start()
    settings = stage_settings(tmp_path / "var", server)
    stage = set_stage(settings, migrated)
    images = [(f"{seed}.png", phantom_png(seed, 64, 64)) for seed in range(20)]
    try:
        with ThreadPoolExecutor(1) as thread, worker(settings):
            posted = thread.submit(stage.alice.upload, images, None, mpp="0.5", wait="300")
            wait_until_at_work(stage)
            server.stop(signal.SIGKILL)
            assert statuses(stage).count("succeeded") < 20
            time.sleep(2)
            server.start()
            assert wait_until_done(stage, 60) == ["succeeded"] * 20
            answer = posted.result(timeout=5)
        assert answer.status_code == 200
        assert [item["status"] for item in body(answer)["items"]] == ["succeeded"] * 20
        assert_one_result_each(stage)
    finally:
        server.stop()
        stage.close()


def wait_until_at_work(stage: Stage) -> None:
    """Wait until images are in TorchServe's hands."""
    deadline = time.monotonic() + 60
    while "running" not in statuses(stage):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_one_result_each(stage: Stage) -> None:
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Analysis)) == 20
        assert db.session.scalar(select(func.count()).select_from(Result)) == 20
        assert set(db.session.scalars(select(Result.revision))) == {1}
