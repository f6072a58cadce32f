"""Stored bytes: whole or not at all, checked when read, deleted without touching others."""

import hashlib
import os
from pathlib import Path

import pytest

from gateway.objects import FolderObjects, analysis_prefix, get_image, image_key
from gateway.problems import DamagedObjectProblem, StorageProblem


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


def test_bytes_come_back(objects: FolderObjects) -> None:
    objects.put("a/b", b"first")
    objects.put("a/b", b"second")
    assert objects.get("a/b") == b"second"


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


def test_what_is_missing_is_told(objects: FolderObjects) -> None:
    with pytest.raises(DamagedObjectProblem):
        objects.get("nothing")


def test_deleting_touches_nobody_else(objects: FolderObjects, tmp_path: Path) -> None:
    for key in ("analyses/ab/image", "analyses/ab/results/1/map", "analyses/abc/image"):
        objects.put(key, b"x")
    objects.delete_below(analysis_prefix("ab"))
    objects.delete_below(analysis_prefix("ab"))
    assert [path.name for path in (tmp_path / "objects" / "analyses").iterdir()] == ["abc"]


def test_a_damaged_image_is_noticed(objects: FolderObjects, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"image").hexdigest()
    key = image_key("ab", sha256)
    objects.put(key, b"image")
    assert get_image(objects, "ab", sha256) == b"image"
    (tmp_path / "objects" / key).write_bytes(b"imagf")
    with pytest.raises(DamagedObjectProblem, match="checksum"):
        get_image(objects, "ab", sha256)


@pytest.mark.parametrize("key", ["readiness/../../outside", "/outside", "", "analyses//x", "."])
def test_a_key_does_not_lead_out_of_the_folder(objects: FolderObjects, tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="path"):
        objects.put(key, b"x")
    with pytest.raises(ValueError, match="path"):
        objects.put_all(key, {"x": b"x"})
    with pytest.raises(ValueError, match="path"):
        objects.delete_below(key)
    assert [path.name for path in tmp_path.iterdir()] == ["objects"]
