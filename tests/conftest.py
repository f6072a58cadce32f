"""What tests of several folders share: the archive of the default version and a TorchServe that serves it."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store import DEFAULT_VERSION
from model_store.archive import build_archive
from tests.serving import RunningTorchServe

SMALL_VERSION = "colour-1.0"
"""Tells nuclei by colour alone: loaded in no time."""

SLOWEST = ("tests/system/", "tests/web/")

# As the server does for its workers: networks in this process share the cores with those.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Whatever proxies the machine names, the servers that tests start are on this one.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1,localhost")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with whole services and browsers: a slow file that comes last keeps one process waiting."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOWEST))


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the archive of the default version from this working tree."""
    return build_archive(DEFAULT_VERSION, tmp_path_factory.mktemp("archives"))


@pytest.fixture(scope="session")
def torchserve(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTorchServe]:
    """Start a real TorchServe once for all tests; a test that stops it starts it again.

    The default version is its default; the small one is there to be compared and fallen back from.
    """
    small = build_archive(SMALL_VERSION, archive.parent)
    server = RunningTorchServe(tmp_path_factory.mktemp("ts") / "run", [archive, small])
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Hear our loggers whatever a package has done to logging in an earlier test of this process."""
    logging.disable(logging.NOTSET)
    caplog.handler.setLevel(logging.NOTSET)
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.startswith("handler"):
            logger.disabled, logger.propagate = False, True
            logger.setLevel(logging.NOTSET)
    if caplog.handler not in logging.root.handlers:
        logging.root.addHandler(caplog.handler)
    return caplog
