"""Without a connection the program starts from the device; nothing of an image ever stays there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from benchmark.images import jpeg
from tests.web.capturing import Capture
from tests.web.site import PHONE, Site
from training.phantoms import draw_phantom

pytestmark = pytest.mark.timeout(600)
INSTALLED = "navigator.serviceWorker.ready.then(() => undefined)"
KEPT = """async () => {
  const cached = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) cached.push(new URL(request.url).pathname);
  return {
    cached,
    databases: (await indexedDB.databases()).map((each) => each.name),
    local: {...localStorage},
    session: {...sessionStorage},
  };
}"""


def wait_until_installed(page: Page) -> None:
    """Wait for the service worker, which is registered a while after the first page."""
    page.evaluate(INSTALLED)


def test_the_app_opens_without_a_connection_and_goes_on_with_one(site: Site) -> None:
    with site.visit(device=PHONE, email="paul@example.org") as visit:
        visit.expected.add("net::ERR_")
        wait_until_installed(visit.page)
        visit.context.set_offline(True)
        visit.page.goto("/records")
        visit.page.get_by_role("heading", name="Ki-67 scoring").wait_for()
        visit.page.get_by_text("Offline.").wait_for()
        visit.context.set_offline(False)
        visit.page.get_by_role("navigation").first.wait_for()


def test_no_image_stays_on_the_device(site: Site, tmp_path: Path) -> None:
    image = tmp_path / "left-behind.jpg"
    image.write_bytes(jpeg(draw_phantom(32, 256, 256, 0.25).rgb))
    with site.visit(email="paul@example.org") as visit:
        capture = Capture(visit)
        wait_until_installed(visit.page)
        visit.page.reload()
        capture.choose(image)
        visit.page.get_by_label("40×", exact=True).check()
        capture.run()
        capture.wait_until_done(image.name)
        kept = visit.page.evaluate(KEPT)
        assert len(kept["cached"]) > 5
        assert not [path for path in kept["cached"] if path.startswith("/api/")]
        assert {Path(path).name for path in kept["cached"] if path.endswith((".png", ".jpg"))} <= {
            "icon-192.png",
            "icon-512.png",
            "icon-maskable-512.png",
        }
        assert kept["databases"] == []
        assert set(kept["local"]) <= {"ki67-theme"}
        assert kept["session"] == {"ki67-scale": '{"kind":"objective","magnification":40}'}
