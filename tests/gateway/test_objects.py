"""Stored bytes: whole or not at all, checked when read, deleted without touching others; in both stores."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from benchmark.servers.ports import free_ports
from gateway.bucket import BucketObjects, open_bucket
from gateway.database import now
from gateway.objects import FolderObjects, ObjectStore, analysis_prefix, get_image, image_key
from gateway.problems import DamagedObjectProblem, StorageProblem
from gateway.settings import Settings
from tests.gateway.stage import stage_settings

BUCKET = "ki67-tests"
KEY = "only-of-the-tests"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3 and has one bucket."""
    [port] = free_ports(1)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{port}"
    httpx2.put(f"{address}/{BUCKET}", timeout=10).raise_for_status()
    yield address
    server.stop()


def bucket_settings(folder: Path, endpoint: str) -> Settings:
    return stage_settings(
        folder,
        objects_url=f"s3://{BUCKET}/{folder.name}",
        s3_endpoint=endpoint,
        s3_region="us-east-1",
        s3_access_key_id=KEY,
        s3_secret_access_key=SecretStr(KEY),
    )


@pytest.fixture
def bucket(tmp_path: Path, endpoint: str) -> BucketObjects:
    return open_bucket(bucket_settings(tmp_path, endpoint))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    found: ObjectStore = request.getfixturevalue({"folder": "objects", "bucket": "bucket"}[request.param])
    return found


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


def test_bytes_come_back(store: ObjectStore) -> None:
    store.put("a/b", b"first")
    store.put("a/b", b"second")
    assert store.get("a/b") == b"second"


def test_what_is_stored_is_on_the_disk_before_its_name_is(
    objects: FolderObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file and every new folder's name is synchronised, the file before it is renamed."""
    synchronised: list[Path] = []

    def remember(descriptor: int) -> None:
        synchronised.append(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path))

    monkeypatch.setattr(os, "fsync", remember)
    objects.put("analyses/ab/map", b"x" * 100_000)
    top, analyses, file, folder = synchronised
    assert (str(top), str(analyses), str(folder)) == ("objects", "objects/analyses", "objects/analyses/ab")
    assert file.parent == folder
    assert file.name.startswith(".map.")  # it had no other name yet


def test_objects_written_together_wait_for_their_folder_once(
    objects: FolderObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronised: list[str] = []
    names_there: list[list[str]] = []

    def remember(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synchronised.append(path.name.rpartition(".")[0] or path.name)
        names_there.append(sorted(found.name[0] for found in path.iterdir()) if path.is_dir() else [])

    objects.put("analyses/ab/image", b"x")
    monkeypatch.setattr(os, "fsync", remember)
    objects.put_all("analyses/ab", {"map": b"first", "nuclei": b"second"})
    assert synchronised == [".map", ".nuclei", "ab"]
    assert names_there[-1] == ["i", "m", "n"]  # both have their names by then
    assert (objects.get("analyses/ab/map"), objects.get("analyses/ab/nuclei")) == (b"first", b"second")


def test_of_objects_written_together_none_is_left_half(
    objects: FolderObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put("a/map", b"first")
    real, calls = os.fsync, iter([False, True])

    def fail_the_second_time(descriptor: int) -> None:
        if next(calls):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_the_second_time)
    with pytest.raises(StorageProblem):
        objects.put_all("a", {"map": b"second", "nuclei": b"x"})
    assert [path.name for path in (tmp_path / "objects" / "a").iterdir()] == ["map"]
    assert objects.get("a/map") == b"first"


def test_what_cannot_be_written_leaves_what_was_there(
    objects: FolderObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put("a/b", b"first")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageProblem):
        objects.put("a/b", b"second")
    assert [path.name for path in (tmp_path / "objects" / "a").iterdir()] == ["b"]
    assert objects.get("a/b") == b"first"


def test_what_is_missing_is_told(store: ObjectStore) -> None:
    with pytest.raises(DamagedObjectProblem):
        store.get("nothing")


def test_deleting_touches_nobody_else(store: ObjectStore) -> None:
    for key in ("analyses/ab/image", "analyses/ab/results/1/map", "analyses/abc/image"):
        store.put(key, b"x")
    store.delete_below(analysis_prefix("ab"))
    store.delete_below(analysis_prefix("ab"))
    assert store.folders("analyses") == ["abc"]
    assert store.get("analyses/abc/image") == b"x"


def test_a_damaged_image_is_noticed(store: ObjectStore) -> None:
    sha256 = hashlib.sha256(b"image").hexdigest()
    key = image_key("ab", sha256)
    store.put(key, b"image")
    assert get_image(store, "ab", sha256) == b"image"
    store.put(key, b"imagf")
    with pytest.raises(DamagedObjectProblem, match="checksum"):
        get_image(store, "ab", sha256)


def test_it_is_known_when_something_was_last_written(store: ObjectStore) -> None:
    assert store.changed_at("analyses/ab") is None
    store.put("analyses/ab/image", b"x")
    changed_at = store.changed_at("analyses/ab")
    assert changed_at is not None
    assert abs(now() - changed_at) < timedelta(seconds=10)


def test_more_is_deleted_than_a_page_of_the_list_holds(bucket: BucketObjects) -> None:
    for number in range(1010):
        bucket.put(f"analyses/ab/{number}", b"x")
    bucket.delete_below("analyses/ab")
    assert bucket.folders("analyses") == []


def test_a_bucket_that_does_not_answer_is_told(tmp_path: Path) -> None:
    [port] = free_ports(1)
    closed = open_bucket(bucket_settings(tmp_path, f"http://127.0.0.1:{port}"))
    with pytest.raises(StorageProblem, match="could not be stored"):
        closed.check()


@pytest.mark.parametrize("key", ["readiness/../../outside", "/outside", "", "analyses//x", "."])
def test_a_key_does_not_lead_out_of_the_store(
    objects: FolderObjects, bucket: BucketObjects, tmp_path: Path, key: str
) -> None:
    with pytest.raises(ValueError, match="path"):
        objects.put(key, b"x")
    with pytest.raises(ValueError, match="path"):
        objects.put_all(key, {"x": b"x"})
    with pytest.raises(ValueError, match="path"):
        objects.delete_below(key)
    with pytest.raises(ValueError, match="path"):
        bucket.put(key, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["objects"]
