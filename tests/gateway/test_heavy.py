"""Opening large images: a few at once, and who waits for it leaves threads for everybody else."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from gateway.heavy import LOOKING, HeavyWork, Patience
from gateway.problems import BusyProblem
from gateway.uploads import check_image
from handler.errors import BusyError
from tests.gateway.stage import ANALYSES, Stage, body

CORES = max(2, os.cpu_count() or 2)
HASTY = Patience(seconds=0.2, share=1)


@pytest.fixture
def full() -> Iterator[HeavyWork]:
    """A process of eight threads whose every slot is taken."""
    work = HeavyWork(threads=8)
    with ExitStack() as slots:
        for _ in range(CORES):
            slots.enter_context(work.slot(LOOKING))
        yield work


def wait_for_a_slot(work: HeavyWork, patience: Patience) -> bool:
    try:
        with work.slot(patience):
            return True
    except BusyProblem:
        return False


def test_nobody_waits_longer_than_their_patience(full: HeavyWork) -> None:
    started = time.monotonic()
    assert not wait_for_a_slot(full, HASTY)
    assert 0.2 <= time.monotonic() - started < 5


def test_only_half_of_the_threads_wait_to_look(full: HeavyWork) -> None:
    patience = Patience(seconds=2, share=LOOKING.share)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(wait_for_a_slot, full, patience) for _ in range(4)]
        time.sleep(0.5)
        started = time.monotonic()
        assert not wait_for_a_slot(full, patience)
        assert time.monotonic() - started < 1
        assert not any(each.done() for each in waiting)


def test_who_waited_gets_the_slot_that_becomes_free() -> None:
    work, free = HeavyWork(threads=8), threading.Event()

    def hold() -> None:
        with work.slot(LOOKING):
            free.wait(30)

    with ThreadPoolExecutor(CORES + 1) as threads:
        for _ in range(CORES):
            threads.submit(hold)
        time.sleep(0.2)
        waiting = threads.submit(wait_for_a_slot, work, LOOKING)
        time.sleep(0.2)
        assert not waiting.done()
        free.set()
        assert waiting.result(timeout=10)


def test_who_cannot_be_served_is_asked_to_come_again(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["links"]["image"]
    work = down.services.heavy
    monkeypatch.setattr("gateway.answers.LOOKING", HASTY)
    monkeypatch.setattr("gateway.uploads.UPLOADING", HASTY)
    with ExitStack() as slots:
        for _ in range(CORES):
            slots.enter_context(work.slot(LOOKING))
        uploaded = down.alice.upload([("b.png", field), ("c.png", field)], wait="0")
        looked = down.alice.get(path)
    for answer in (uploaded, looked):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert body(answer)["type"] == "/problems/busy"
    assert len(body(down.alice.get(ANALYSES))["items"]) == 1


@pytest.mark.parametrize("step", ["decode_image", "strip_metadata"])
def test_where_memory_is_short_the_whole_request_may_come_again(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def short_of_memory(*_arguments: object) -> None:
        raise BusyError("The service is short of memory.")

    images, key = [("a.png", field), ("b.png", field)], {"Idempotency-Key": "short-of-memory"}
    with monkeypatch.context() as shortage:
        shortage.setattr(f"gateway.uploads.{step}", short_of_memory)
        for count in (1, 2):
            answer = down.alice.upload(images[:count], key, wait="0")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert body(answer)["type"] == "/problems/busy"
    assert body(down.alice.get(ANALYSES))["items"] == []
    again = body(down.alice.upload(images, key, wait="0"))
    assert [item["status"] for item in again["items"]] == ["queued", "queued"]


def test_images_that_take_too_long_in_all_are_not_taken(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_long(*arguments: Any) -> Any:
        time.sleep(0.6)
        return check_image(*arguments)

    monkeypatch.setattr("gateway.submission._TAKING_SECONDS", 0.5)
    monkeypatch.setattr("gateway.submission.check_image", take_long)
    answer = down.alice.upload([("a.png", field), ("b.png", field)], wait="0")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert body(answer)["type"] == "/problems/busy"
    assert not list(down.services.settings.objects_folder.rglob("image-*"))
