"""DELETE /api/v1/analyses/{id}: nothing stays behind."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db
from gateway.models import IdempotencyKey
from gateway.orphans import delete_orphans
from tests.gateway.stage import Stage, body
from tests.imports import ROOT


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
        for path in (*folder.rglob("*"), folder):
            os.utime(path, (before, before))


@pytest.fixture
def killed_in_a_post(down: Stage, field: bytes) -> str:
    """The id of an analysis whose folder holds what a process left that was killed while it stored."""
    analysis: dict[str, Any] = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]
    folder = down.services.settings.objects_folder / "analyses" / analysis["id"]
    script = f"""
import os
from pathlib import Path
from gateway import durable
from gateway.objects import FolderObjects
durable.os.fsync = lambda descriptor: os.kill(os.getpid(), 9)
FolderObjects(Path({str(down.services.settings.objects_folder)!r})).put(
    "analyses/{analysis["id"]}/image-1", b"Erika Mustermann"
)
"""
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == -9
    assert [path for path in folder.iterdir() if path.read_bytes() == b"Erika Mustermann"]
    return str(analysis["id"])


def test_half_written_objects_are_deleted_with_the_record(down: Stage, killed_in_a_post: str) -> None:
    assert down.alice.delete(f"/api/v1/analyses/{killed_in_a_post}").status_code == 204
    assert list((down.services.settings.objects_folder / "analyses").iterdir()) == []


def test_half_written_objects_are_orphans_too(down: Stage) -> None:
    folder = down.services.settings.objects_folder / "analyses" / "old"
    folder.mkdir(parents=True)
    (folder / ".image-1.x").write_bytes(b"half")
    with down.app.app_context():
        assert delete_orphans() == 0
        age([folder], seconds=3700)
        assert delete_orphans() == 1
    assert not folder.exists()


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
