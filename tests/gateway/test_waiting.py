"""`wait`: POST answers when its images are done, whoever scores them, and never much later than asked."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmark.images import jpeg
from gateway.claims import Claim, claim, record_problem
from gateway.database import db
from gateway.models import Analysis
from tests.gateway.stage import ANALYSES, Stage, body, set_stage, stage_settings
from tests.serving import RunningTorchServe
from training.phantoms import draw_phantom


def finish_elsewhere(stage: Stage) -> None:
    """Do what the worker does: take what was left queued, and bring it to an end."""
    held: Claim | None = None
    while held is None:
        time.sleep(0.05)
        with stage.app.app_context():
            found = db.session.scalar(db.select(Analysis.id).where(Analysis.status == "queued"))
            held = claim(found, 30) if found else None
            if held:
                time.sleep(1)
                record_problem(held, {"title": "Told by the worker", "status": 422})


def test_who_waits_hears_of_what_another_process_finished(down: Stage, field: bytes) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(1) as thread:
        worker = thread.submit(finish_elsewhere, down)
        answer = down.alice.upload([("a.png", field)], wait="60")
        worker.result()
    assert body(answer)["title"] == "Told by the worker"
    assert time.monotonic() - started < 30


def test_waiting_lasts_as_long_as_asked(down: Stage, field: bytes) -> None:
    started = time.monotonic()
    assert down.alice.upload([("a.png", field)], wait="3").status_code == 202
    assert 3 <= time.monotonic() - started < 10


def test_while_many_wait_others_are_answered(tmp_path: Path, migrated: Path, field: bytes) -> None:
    stage = set_stage(stage_settings(tmp_path, threads=2), migrated)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(stage.alice.upload, [("a.png", field)], wait="8")
        while not queued(stage):
            time.sleep(0.05)
        assert stage.bob.upload([("b.png", field)], wait="60").status_code == 202
        assert not waiting.done()
    stage.close()


def test_who_would_have_to_queue_for_too_long_is_refused_until_the_queue_is_shorter(
    torchserve: RunningTorchServe, tmp_path: Path, migrated: Path, field: bytes
) -> None:
    """And only who waits: one that does not is queued, and what was answered is answered again."""
    settings = stage_settings(tmp_path, torchserve, threads=2, queue_limit_seconds=0.1)
    stage = set_stage(settings, migrated)
    known = {"Idempotency-Key": "answered-before"}
    assert stage.alice.upload([("a.png", field)], known, wait="60").status_code == 200
    small = jpeg(draw_phantom(6, 192, 192).rgb)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(stage.alice.upload, [(f"{k}.jpg", small) for k in range(20)], wait="60")
        while not queued(stage):
            time.sleep(0.02)
        refused = stage.bob.upload([("b.png", field)], wait="60")
        taken = stage.bob.upload([("b.png", field)], wait="0")
        repeated = stage.alice.upload([("a.png", field)], known, wait="60")
        assert waiting.result().status_code == 200
    assert (refused.status_code, body(refused)["type"]) == (503, "/problems/busy")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert (taken.status_code, repeated.status_code) == (202, 200)
    assert [record["status"] for record in body(stage.bob.get(ANALYSES))["items"]] == ["queued"]
    assert stage.bob.upload([("b.png", field)], wait="60").status_code == 200
    stage.close()


def queued(stage: Stage) -> bool:
    return bool(body(stage.ann.get(f"{ANALYSES}?status=queued"))["items"])
