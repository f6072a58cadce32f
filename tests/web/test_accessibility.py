"""Every screen, at both sizes and in both themes: axe finds nothing serious, and nothing sticks out."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.imports import ROOT
from tests.web.sample import Sample, fill
from tests.web.screens import by_visitor
from tests.web.screenshots import show
from tests.web.site import DESKTOP, PHONE, Site, Visit

AXE = ROOT / "gateway" / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def sample(site: Site) -> Sample:
    return fill(site)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("device", "theme"),
    [
        pytest.param(PHONE, "dark", id="phone-dark"),
        pytest.param(DESKTOP, "light", id="desktop-light", marks=pytest.mark.long),
    ],
)
def test_everybody_can_use_every_screen(
    site: Site, sample: Sample, device: dict[str, Any], theme: str
) -> None:
    found = {}
    for email, screens in by_visitor():
        with site.visit(device=device, email=email) as visit:
            visit.expected |= {401, 404}
            visit.choose_theme(theme)
            for screen in screens:
                show(visit, screen, sample)
                if problems := [*_axe(visit), *_sticking_out(visit)]:
                    found[screen.name] = problems
    assert found == {}


def _axe(visit: Visit) -> Iterator[str]:
    visit.page.evaluate(AXE.read_text())
    result = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    for violation in result["violations"]:
        if violation["impact"] in SERIOUS:
            places = ", ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:3])
            yield f"{violation['id']}: {violation['help']} ({places})"


def _sticking_out(visit: Visit) -> Iterator[str]:
    """A page that scrolls sideways hides something on a phone."""
    width = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if width > 0:
        yield f"{width} pixels too wide"
