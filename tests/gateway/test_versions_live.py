"""Two versions of a real TorchServe behind the routes."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store import DEFAULT_VERSION
from tests.conftest import SMALL_VERSION
from tests.gateway.routes import comparisons, listed, operator, percent, set_routes
from tests.gateway.stage import Stage, body, phantom_png, set_stage, stage_settings
from tests.gateway.test_fallbacks import sent
from tests.gateway.test_queued import wait_until_at_work, worker
from tests.gateway.test_scoring import wait_until
from tests.serving import RunningTorchServe

KNOWN = (DEFAULT_VERSION, SMALL_VERSION)


@pytest.fixture
def two(torchserve: RunningTorchServe, migrated: Path, tmp_path: Path) -> Iterator[Stage]:
    """A gateway of its own: others' images do not follow these routes."""
    stage = set_stage(stage_settings(tmp_path / "var", torchserve, canary_compared_percent=100), migrated)
    yield stage
    stage.close()


def test_a_canary_scores_and_is_compared_and_a_missing_one_falls_back(two: Stage, field: bytes) -> None:
    set_routes(two, known=KNOWN, canary=percent(SMALL_VERSION, 100))
    wait_until(lambda: listed(two.alice)[SMALL_VERSION]["status"] == "ready", 60)
    record = sent(two, field, mpp="0.5")
    assert (record["model"]["version"], record["model"]["chosen_by"]) == (SMALL_VERSION, "canary")
    (kept,) = comparisons(two)
    assert (kept.candidate, kept.current, kept.failed) == (SMALL_VERSION, DEFAULT_VERSION, False)
    found = listed(operator(two))
    assert [found[version]["status"] for version in KNOWN] == ["ready", "ready"]
    assert len(found[SMALL_VERSION]["weights_sha256"]) == 64
    assert found[SMALL_VERSION]["engine"]["name"]
    assert found[SMALL_VERSION]["disagreement"]["compared"] == 1
    set_routes(two, known=(*KNOWN, "9.9"), canary=percent("9.9", 100))
    record = sent(two, field, mpp="0.5")
    assert (record["model"]["version"], record["model"]["instead_of"]) == (DEFAULT_VERSION, "9.9")
    assert listed(two.alice)["9.9"]["status"] == "missing"


@pytest.mark.timeout(300)
def test_a_worker_killed_in_the_middle_of_a_batch_is_seen_by_nobody(
    two: Stage, torchserve: RunningTorchServe
) -> None:
    images = [(f"{seed}.png", phantom_png(seed, 96, 96)) for seed in range(16)]
    set_routes(two, known=KNOWN)
    with ThreadPoolExecutor(1) as thread, worker(two.services.settings):
        posted = thread.submit(two.alice.upload, images, None, mpp="0.25", wait="120")
        wait_until_at_work(two)
        for pid in torchserve.worker_pids():
            os.kill(pid, signal.SIGKILL)
        answer = posted.result(timeout=150)
    assert answer.status_code == 200
    assert {item["status"] for item in body(answer)["items"]} == {"succeeded"}
