"""DELETE /api/v1/analyses/{id}: nothing stays behind."""

import json
import os
import shutil
import time
from pathlib import Path

from sqlalchemy import select

from gateway.database import db
from gateway.models import IdempotencyKey
from gateway.orphans import delete_orphans
from tests.gateway.stage import Stage, body


def test_record_and_objects_are_gone(down: Stage, field: bytes) -> None:
    kept, deleted = (
        body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"] for _ in range(2)
    )
    answer = down.alice.delete(deleted["links"]["self"])
    assert (answer.status_code, answer.data) == (204, b"")
    assert down.alice.get(deleted["links"]["self"]).status_code == 404
    assert down.alice.delete(deleted["links"]["self"]).status_code == 404
    folder = down.services.settings.objects_folder / "analyses"
    assert [path.name for path in folder.iterdir()] == [kept["id"]]
    assert down.alice.get(kept["links"]["image"]).status_code == 200


def test_what_is_deleted_before_it_is_scored_stays_deleted(down: Stage, field: bytes) -> None:
    analysis = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]
    down.alice.delete(analysis["links"]["self"])
    down.services.pool.score([analysis["id"]], 10)
    assert down.alice.get(analysis["links"]["self"]).status_code == 404


def test_objects_that_cannot_be_deleted_leave_the_record_to_try_again(down: Stage, field: bytes) -> None:
    path = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["links"]["self"]
    folder = down.services.settings.objects_folder
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert down.alice.delete(path).status_code == 503
    folder.unlink()
    assert down.alice.get(path).status_code == 200
    assert down.alice.delete(path).status_code == 204


def test_what_a_killed_process_left_is_deleted_after_an_hour(down: Stage, field: bytes) -> None:
    kept = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    folder = down.services.settings.objects_folder / "analyses"
    for name in ("recent", "old"):
        down.services.objects.put(f"analyses/{name}/image-0", b"x")
    age([folder / kept, folder / "old"], seconds=3700)
    with down.app.app_context():
        assert [delete_orphans(), delete_orphans()] == [1, 0]
    assert {path.name for path in folder.iterdir()} == {kept, "recent"}


def age(folders: list[Path], seconds: float) -> None:
    before = time.time() - seconds
    for folder in folders:
        for path in folder.rglob("*"):
            os.utime(path, (before, before))


def test_without_any_objects_there_are_no_orphans(down: Stage) -> None:
    with down.app.app_context():
        assert delete_orphans() == 0


def test_the_filename_is_forgotten_with_the_record(down: Stage, field: bytes) -> None:
    key = {"Idempotency-Key": "once"}
    images = [("patient.png", field), ("other.png", field)]
    first, _ = body(down.alice.upload(images, key, wait="0"))["items"]
    down.alice.delete(first["analysis"]["links"]["self"])
    with down.app.app_context():
        kept = json.dumps(db.session.scalars(select(IdempotencyKey.items)).all())
    assert "patient" not in kept
    assert "other.png" in kept
    gone, other = body(down.alice.upload(images, key, wait="0"))["items"]
    assert (gone["filename"], gone["problem"]["status"]) == ("", 404)
    assert other["filename"] == "other.png"
