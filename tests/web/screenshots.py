"""`make screenshots`: starts the service, fills it with phantoms, and takes pictures of every screen.

Flow: phantoms -> records, reviews, practice -> screens at a phone's and a desktop's size -> PNG files.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from tests.system.test_run import running_in
from tests.web.sample import Sample, fill
from tests.web.screens import SCREENS, Screen, by_visitor
from tests.web.site import DESKTOP, PHONE, Site, Visit, find_chromium, open_site

SHARP = {"device_scale_factor": 2}
DEVICES: dict[str, dict[str, Any]] = {"phone": PHONE | SHARP, "desktop": DESKTOP}
SETTLED_MS = 300
"""After the last answer: pictures fade in."""


def main(
    folder: Annotated[Path, typer.Argument(help="where the pictures go")] = Path("var/screenshots"),
    theme: Annotated[str, typer.Option(help="dark or light")] = "dark",
) -> None:
    """Take pictures of the web client's screens, on a phone and on a desktop."""
    folder.mkdir(parents=True, exist_ok=True)
    with _site() as site, tqdm(total=len(SCREENS) * len(DEVICES), unit="picture") as bar:
        sample = fill(site)
        for device, settings in DEVICES.items():
            for email, screens in by_visitor():
                with site.visit(device=settings, email=email) as visit:
                    visit.expected |= {401, 404}
                    visit.choose_theme(theme)
                    for screen in screens:
                        show(visit, screen, sample)
                        visit.page.screenshot(path=folder / f"{screen.name}-{device}.png")
                        bar.update()
    typer.echo(f"pictures in {folder}")


def show(visit: Visit, screen: Screen, sample: Sample) -> None:
    """Open a screen and wait until nothing on it changes any more."""
    visit.page.goto(screen.path(sample))
    visit.page.get_by_role("heading").first.wait_for()
    visit.page.wait_for_load_state("networkidle")
    if screen.has_picture:
        visit.page.locator(".openseadragon-canvas").first.wait_for()
    visit.page.wait_for_timeout(SETTLED_MS)


@contextmanager
def _site() -> Iterator[Site]:
    chromium = find_chromium()
    if chromium is None:
        raise typer.BadParameter("no Chromium on this machine (Debian and Ubuntu: apt-get install chromium)")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_in(Path(folder)) as running,
        open_site(running, chromium) as site,
    ):
        yield site


if __name__ == "__main__":
    typer.run(main)
