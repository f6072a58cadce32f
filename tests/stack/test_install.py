"""What stops the installation before it begins is one sentence."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.imports import ROOT

TOOLS = ("bash", "dirname", "df", "awk", "cat")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder that holds the few programs the script needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def program(path: Path, script: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def install(tools: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tools / "bash", ROOT / "requirements" / "install.sh", tools.parent / "venv"],
        env={"PATH": str(tools)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_python_is_told_in_one_sentence(tools: Path) -> None:
    done = install(tools)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_an_old_python_is_not_taken(tools: Path) -> None:
    program(tools / "python3", "exit 1")
    done = install(tools)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_a_python_that_is_named_and_missing_is_told(tools: Path) -> None:
    done = install(tools, PYTHON="/nowhere/python3.11")
    assert done.returncode == 1
    assert "make PYTHON=" in done.stderr


def test_a_disk_without_room_is_told_before_anything_is_written(tools: Path) -> None:
    program(tools / "python3", "exit 0")
    program(tools / "df", "echo header; echo 'disk 100 90 10485 90% /'")
    done = install(tools)
    assert done.returncode == 1
    assert "needs 8 GiB and this disk has 0 GiB free" in done.stderr
    assert not (tools.parent / "venv").exists()
