"""A converted network is made once, kept, and replaced when anything that it came from changes."""

import importlib.metadata
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from handler.engines import cache
from handler.engines.cache import cached, default_folder, key_of, versions_of
from handler.spec import NetworkSpec

ROOT = Path(__file__).parents[3]


def weights(folder: Path, content: bytes = b"weights") -> Path:
    path = folder / "weights.safetensors"
    path.write_bytes(content)
    return path


def test_the_key_changes_with_weights_network_and_packages(tmp_path: Path) -> None:
    network, file = NetworkSpec(), weights(tmp_path)
    now = {"torch": "1", "openvino": "1"}
    keys = {key_of(network, file, now), key_of(replace(network, mean=(0, 0, 0)), file, now)}
    keys |= {key_of(network, file, now | {"torch": "2"}), key_of(network, file, now | {"openvino": "2"})}
    keys.add(key_of(network, weights(tmp_path, b"others"), now))
    assert len(keys) == 5
    assert key_of(network, weights(tmp_path), now) in keys


def test_the_packages_that_build_and_convert_a_network_are_told() -> None:
    told = versions_of()
    for package in ("torch", "segmentation-models-pytorch", "openvino"):
        assert told[package] == importlib.metadata.version(package)
    assert versions_of(["no-such-package"]) == {"no-such-package": "none"}


def test_the_key_changes_with_the_code_that_folds(tmp_path: Path) -> None:
    assert ROOT / "handler" / "engines" / "folding.py" in cache._sources()
    assert ROOT / "handler" / "network.py" in cache._sources()


def two_files(folder: Path) -> None:
    (folder / "network.xml").write_text("whole")
    (folder / "network.bin").write_text("weights")


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "network.bin").write_text(""),
        lambda entry: (entry / "network.bin").write_text("weighty"),
        lambda entry: (entry / "network.xml").unlink(),
        lambda entry: [file.unlink() for file in entry.iterdir()],
        lambda entry: (entry / "sha256.json").write_text("[]"),
    ],
    ids=["emptied", "one byte", "one file", "all files", "digests"],
)
def test_a_damaged_network_is_made_anew(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    entry = cached(tmp_path, "key", two_files)
    damage(entry)
    assert cached(tmp_path, "key", two_files) == entry
    assert ((entry / "network.xml").read_text(), (entry / "network.bin").read_text()) == ("whole", "weights")


def test_many_that_start_together_make_it_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "network.xml").write_text("whole")

    threads = [threading.Thread(target=cached, args=(tmp_path, "key", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert (tmp_path / "key" / "network.xml").read_text() == "whole"


def test_a_failure_leaves_nothing_and_the_next_tries_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        cached(tmp_path, "key", fail)
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir()]
    assert cached(tmp_path, "key", lambda folder: None).is_dir()


def test_only_the_last_used_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for key in ("a", "b", "a", "c"):
        cached(tmp_path, key, lambda folder: None)
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.is_dir()) == ["a", "c"]


def test_it_lies_in_the_users_cache_or_where_temporary_files_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home" / "ki67" / "networks"
    assert default_folder().stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert default_folder().parent == tmp_path
