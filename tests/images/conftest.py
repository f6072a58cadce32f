"""The images, built once for all tests; skipped in a sentence where nothing here builds any."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.images import NoToolError, builder, full_name
from tests.images.containers import Containers
from tests.imports import ROOT

TAG = "test"


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """Build both images, unless KI67_IMAGES_TAG names some that are there, and run them."""
    try:
        builder()
    except NoToolError as error:
        pytest.skip(str(error))
    if os.geteuid() != 0:
        pytest.skip("containers get a folder of their user's: run as root")
    if "KI67_IMAGES_TAG" not in os.environ:
        command = [sys.executable, "-m", "stack.images", "--tag", TAG]
        subprocess.run(command, cwd=ROOT, check=True, timeout=3600)
    folder: Path = tmp_path_factory.mktemp("var")
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    yield Containers(folder)


def image(name: str) -> str:
    """Return an image's name as the tool keeps it."""
    return full_name(name, os.environ.get("KI67_IMAGES_TAG", TAG), builder())


@pytest.fixture(scope="session")
def torchserve_image(containers: Containers) -> str:
    return image("ki67-torchserve")


@pytest.fixture(scope="session")
def gateway_image(containers: Containers) -> str:
    return image("ki67-gateway")
