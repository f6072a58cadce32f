"""The command as a whole against services that are slow or wrong."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model_store.archive import build_archive, sha256_of
from model_store.served import Served
from tests.conftest import SMALL_VERSION
from tests.imports import ROOT
from tests.model_store.made import add_version, project
from tests.system.test_run import running_in

pytestmark = pytest.mark.long
BAD = "bad-1.0"


def loaded(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the smoke profile into that folder."""
    command = [sys.executable, "-m", "loadtest", "smoke", "--output", str(folder), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOADTEST_")}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def changed(handler: Path, old: str, new: str) -> None:
    text = handler.read_text()
    assert text.count(old) == 1
    handler.write_text(text.replace(old, new))


def slow(handler: Path) -> None:
    """Take five seconds longer for every batch."""
    changed(handler, "        waits = [", "        time.sleep(5)\n        waits = [")


def mixed_up(handler: Path) -> None:
    """Give everybody their neighbour's counts: right as long as an image is alone in its batch."""
    line = "        replies = iter(self._analyser"
    changed(handler, line, f"        items = items[1:] + items[:1]\n{line}")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("spoil", "missed"), [(slow, "Latency of result"), (mixed_up, "Wrong answers")], ids=["slow", "wrong"]
)
def test_a_bad_handler_fails_the_run(spoil: Callable[[Path], None], missed: str, tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    spoil(root / "handler" / "torchserve.py")
    add_version(root, BAD)
    archives = tmp_path / "var" / "model-archives"
    bad = build_archive(BAD, archives, root)
    Served().with_version(BAD, sha256_of(bad)).with_default(BAD, SMALL_VERSION).write(archives)
    named = {
        "KI67_VERSIONS": SMALL_VERSION,
        "GATEWAY_MODEL_VERSION": BAD,
        "GATEWAY_KNOWN_VERSIONS": f"{BAD},{SMALL_VERSION}",
    }
    with running_in(tmp_path, **named) as running:
        url = f"http://127.0.0.1:{running.environment['GATEWAY_PORT']}"
        done = loaded(tmp_path / "run", "--url", url, "--key-file", str(tmp_path / "var" / "api-key"))
    assert done.returncode == 1, done.stderr
    assert f"Missed: {missed}" in done.stderr
