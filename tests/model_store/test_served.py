"""What comes back when TorchServe starts anew."""

from pathlib import Path

import pytest

from model_store.archive import ArchiveError, sha256_of
from model_store.served import Served, archives_to_serve


def build(version: str, folder: Path) -> Path:
    path = folder / f"ki67-{version}.mar"
    path.write_bytes(f"what the store builds of {version} today".encode())
    return path


def names(folder: Path, configured: list[str], *, afresh: bool = True) -> list[str]:
    said: list[str] = []
    found = archives_to_serve(folder, configured, build, said.append, afresh=afresh)
    return [path.stem.removeprefix("ki67-") for path in found] + said


def test_at_first_the_configured_versions_are_served_the_first_by_default(tmp_path: Path) -> None:
    assert names(tmp_path, ["1.1", "1.0"]) == ["1.1", "1.0"]


def test_what_was_registered_and_promoted_comes_back(tmp_path: Path) -> None:
    Served().with_version("2.0", sha256_of(build("2.0", tmp_path))).with_default("2.0", "1.1").write(tmp_path)
    assert names(tmp_path, ["1.1", "1.0"]) == ["2.0", "1.1", "1.0"]
    assert Served.read(tmp_path).previous == "1.1"


def test_what_was_unregistered_stays_away_until_it_is_registered_again(tmp_path: Path) -> None:
    gone = Served().without_version("1.0")
    gone.write(tmp_path)
    assert names(tmp_path, ["1.1", "1.0"]) == ["1.1"]
    gone.with_version("1.0", sha256_of(build("1.0", tmp_path))).write(tmp_path)
    assert names(tmp_path, ["1.1", "1.0"]) == ["1.1", "1.0"]


def test_a_registered_version_is_served_in_the_bits_it_was_registered_in(tmp_path: Path) -> None:
    old = tmp_path / "ki67-1.0.mar"
    old.write_bytes(b"as it was registered")
    Served().with_version("1.0", sha256_of(old)).write(tmp_path)
    assert names(tmp_path, ["1.1", "1.0"]) == ["1.1", "1.0"]
    assert old.read_bytes() == b"as it was registered"


def test_an_archive_that_is_gone_is_built_again_where_it_is_the_same(tmp_path: Path) -> None:
    Served().with_version("2.0", sha256_of(build("2.0", tmp_path))).write(tmp_path)
    (tmp_path / "ki67-2.0.mar").unlink()
    assert names(tmp_path, ["1.1"]) == ["1.1", "2.0"]
    assert (tmp_path / "ki67-2.0.mar").is_file()


@pytest.mark.parametrize("found", [b"other bits", None])
def test_other_bits_are_not_served_in_its_place(tmp_path: Path, found: bytes | None) -> None:
    Served().with_version("2.0", "0" * 64).with_default("2.0", "1.1").write(tmp_path)
    if found:
        (tmp_path / "ki67-2.0.mar").write_bytes(found)
    served, told = names(tmp_path, ["1.1"])
    assert served == "1.1"
    assert told.startswith("version 2.0 is not served: ")


def test_only_the_first_start_builds_what_is_configured(tmp_path: Path) -> None:
    kept = tmp_path / "ki67-1.1.mar"
    kept.write_bytes(b"of the first start")
    names(tmp_path, ["1.1"], afresh=False)
    assert kept.read_bytes() == b"of the first start"
    names(tmp_path, ["1.1"])
    assert kept.read_bytes() != b"of the first start"


def test_a_file_cut_short_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "served.json").write_text('{"default": "2.0"')
    assert Served.read(tmp_path) == Served()


def test_without_any_archive_nothing_starts(tmp_path: Path) -> None:
    def fail(version: str, folder: Path) -> Path:
        raise ArchiveError(f"version {version} cannot be built")

    with pytest.raises(ArchiveError, match="cannot be built"):
        archives_to_serve(tmp_path, ["1.1"], fail, print, afresh=True)
