"""One service and one Chromium for all browser tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from tests.system.test_run import Running, running_in
from tests.web.site import CHROMIUM_FLAGS, Site, find_chromium

PEOPLE = {
    "ada@example.org": "administrator",
    "paul@example.org": "pathologist",
    "petra@example.org": "pathologist",
    "stella@example.org": "student",
}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if find_chromium() is None:
        pytest.skip("no Chromium on this machine (Debian and Ubuntu: apt-get install chromium)")
    with running_in(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture(scope="session")
def site(service: Running) -> Iterator[Site]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        site = Site(service, browser)
        for email, role in PEOPLE.items():
            site.add_person(email, role)
        yield site
        browser.close()
