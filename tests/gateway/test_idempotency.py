"""Idempotency-Key: a repeated POST makes no second record."""

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from gateway.database import db, now
from gateway.idempotency import LEASE
from gateway.models import Analysis, IdempotencyKey
from gateway.uploads import check_image
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png, set_stage, stage_settings

KEY = {"Idempotency-Key": "a-key-of-the-client"}


def count(stage: Stage) -> int:
    return len(body(stage.alice.get(ANALYSES))["items"])


def test_the_same_request_gets_the_same_records(down: Stage, field: bytes) -> None:
    images = [("a.png", field), ("broken.png", b"x")]
    answers = [body(down.alice.upload(images, KEY, wait="0"))["items"] for _ in range(2)]
    assert answers[0][0]["analysis"]["id"] == answers[1][0]["analysis"]["id"]
    assert answers[1][1]["problem"]["type"] == "/problems/unsupported-image"
    assert count(down) == 1


def test_another_request_under_the_key_is_refused(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], KEY, wait="0")
    for images, form in (([("a.png", phantom_png(2))], {}), ([("a.png", field)], {"mpp": "0.5"})):
        answer = down.alice.upload(images, KEY, wait="0", **form)
        assert answer.status_code == 422
        assert body(answer)["type"] == "/problems/idempotency-key-reused"
    assert count(down) == 1


def unstore(stage: Stage, seconds_ago: float) -> None:
    """Set the scene of a first request that still stores, or whose process was killed meanwhile."""
    lease = now() - timedelta(seconds=seconds_ago)
    with stage.app.app_context():
        db.session.execute(delete(Analysis))
        db.session.execute(update(IdempotencyKey).values(items=None, lease_expires_at=lease))
        db.session.commit()


def test_a_repetition_meanwhile_is_told_to_wait(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], KEY, wait="0")
    unstore(down, seconds_ago=-60)
    answer = down.alice.upload([("a.png", field)], KEY, wait="0")
    assert answer.status_code == 409
    assert int(answer.headers["Retry-After"]) > 0
    assert count(down) == 0


def test_a_repetition_while_the_first_waits_for_results_finds_its_records(down: Stage, field: bytes) -> None:
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(down.alice.upload, [("a.png", field)], KEY, wait="6")
        while not count(down):
            time.sleep(0.05)
        again = down.bob.client.post(ANALYSES, headers=down.alice.headers | KEY, data=form(field))
        assert not first.done()
    assert again.status_code == 202
    ours, theirs = (body(each)["items"][0]["analysis"]["id"] for each in (first.result(), again))
    assert ours == theirs


def form(image: bytes) -> dict[str, Any]:
    return {"images": (io.BytesIO(image), "a.png"), "wait": "0"}


def test_after_a_process_killed_before_it_stored_the_next_one_does(down: Stage, field: bytes) -> None:
    down.alice.upload([("a.png", field)], KEY, wait="0")
    unstore(down, seconds_ago=1)
    assert down.alice.upload([("a.png", field)], KEY, wait="0").status_code == 202
    assert count(down) == 1


def test_a_refused_request_gives_its_key_back(down: Stage, field: bytes) -> None:
    assert down.alice.upload([("a.png", b"x")], KEY).status_code == 415
    assert down.alice.upload([("a.png", field)], KEY, wait="0").status_code == 202


@pytest.fixture(params=[("backlog_limit", 503), ("backlog_limit_owner", 429)], ids=["all", "own"])
def full(
    request: pytest.FixtureRequest, tmp_path: Path, migrated: Path, field: bytes
) -> Iterator[tuple[Stage, int]]:
    """A service with room for one image, which Alice has sent; and what whoever sends more is answered."""
    limit, status = request.param
    bounds: dict[str, Any] = {limit: 1}
    stage = set_stage(stage_settings(tmp_path / "var", **bounds), migrated)
    assert stage.alice.upload([("a.png", field)], KEY, wait="0").status_code == 202
    yield stage, status
    stage.close()


def test_a_repetition_finds_its_records_although_there_is_no_room(
    full: tuple[Stage, int], field: bytes
) -> None:
    stage, _ = full
    assert stage.alice.upload([("a.png", field)], KEY, wait="0").status_code == 202
    assert stage.alice.upload([("b.png", field)], KEY, wait="0").status_code == 422
    assert count(stage) == 1


@pytest.mark.parametrize("key", [{"Idempotency-Key": "another"}, None], ids=["key", "none"])
def test_whoever_finds_no_room_uses_up_no_key(
    full: tuple[Stage, int], field: bytes, key: dict[str, str] | None
) -> None:
    stage, status = full
    assert stage.alice.upload([("b.png", field)], key, wait="0").status_code == status
    with stage.app.app_context():
        assert db.session.scalars(select(IdempotencyKey.key)).all() == list(KEY.values())
        db.session.execute(delete(Analysis))
        db.session.commit()
    assert stage.alice.upload([("b.png", field)], key, wait="0").status_code == 202


def test_however_long_many_images_take_the_key_stays_with_its_request(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each image is taken with all its time left, whatever the ones before it have used up."""
    left: list[timedelta] = []

    def take_nearly_all_the_time(*arguments: Any) -> Any:
        left.append(db.session.scalars(select(IdempotencyKey.lease_expires_at)).one() - now())
        db.session.execute(update(IdempotencyKey).values(lease_expires_at=now() + timedelta(seconds=1)))
        db.session.commit()
        return check_image(*arguments)

    monkeypatch.setattr("gateway.submission.check_image", take_nearly_all_the_time)
    assert down.alice.upload([("a.png", field)] * 3, KEY, wait="0").status_code == 202
    assert len(left) == 3
    assert min(left) > 0.9 * LEASE


def test_a_request_that_lost_its_key_stores_nothing(
    down: Stage, field: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_key(*arguments: Any) -> Any:
        db.session.execute(update(IdempotencyKey).values(id="of another process"))
        db.session.commit()
        return check_image(*arguments)

    monkeypatch.setattr("gateway.submission.check_image", lose_the_key)
    answer = down.alice.upload([("a.png", field)] * 2, KEY, wait="0")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "5")
    assert count(down) == 0
    assert not list(down.services.settings.objects_folder.rglob("image-*"))
