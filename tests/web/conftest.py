"""One service and one Chromium for all browser tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.system.test_run import running_in
from tests.web.site import PATIENCE_MS, Site, find_chromium, open_site

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine (Debian and Ubuntu: apt-get install chromium)")
    with running_in(tmp_path_factory.mktemp("web")) as running, open_site(running, chromium) as site:
        yield site
