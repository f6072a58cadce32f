"""Versions are found by name or folder, the newest by its numbers; a new one takes no other's place."""

import json
from pathlib import Path

import pytest

from training.version_folder import VersionError, find_version, new_folder, newest_shipped


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    for name in ("1.9", "1.10", "1.10-lab", "mcconnell2021"):
        (tmp_path / name).mkdir()
        for file in ("weights.safetensors", "spec.json"):
            (tmp_path / name / file).touch()
    (tmp_path / "2.0").mkdir()  # without weights
    return tmp_path


def test_the_newest_that_ships_has_the_highest_numbers_and_weights(versions: Path) -> None:
    assert newest_shipped(versions).name == find_version(None, versions).name == "1.10"


def test_a_version_is_found_by_name_and_by_folder(versions: Path) -> None:
    assert find_version("1.10-lab", versions) == find_version(str(versions / "1.10-lab"), Path("nowhere"))


@pytest.mark.parametrize("name", ["2.0", "3.0"])
def test_what_has_no_weights_is_no_version(versions: Path, name: str) -> None:
    with pytest.raises(VersionError, match=f"{name} is no version"):
        find_version(name, versions)


@pytest.mark.parametrize("name", ["", "../1.0", "a b", "-x"])
def test_a_name_that_will_not_do_for_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VersionError, match="no name of a version"):
        new_folder(name, tmp_path / "new", "me", replaces=False)


def test_only_what_the_same_command_made_is_replaced(versions: Path) -> None:
    taken = versions / "1.10-lab"
    with pytest.raises(VersionError, match="--replace"):
        new_folder("1.10-lab", taken, "me", replaces=False)
    with pytest.raises(VersionError, match="not made by me"):
        new_folder("1.10-lab", taken, "me", replaces=True)
    (taken / "metrics.json").write_text(json.dumps({"made_by": "me"}))
    assert new_folder("1.10-lab", taken, "me", replaces=True) == taken
