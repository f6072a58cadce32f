"""What a person does on the first page, and what the interface knows of it afterwards."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Request

from tests.web.site import Visit

SCORED_MS = 180_000
"""Two large photos on two busy cores."""


@dataclass
class Capture:
    """The page of a visit that has signed in."""

    visit: Visit

    def choose(self, *paths: Path) -> None:
        """Choose files as from the files of the device."""
        self.visit.page.locator("input[type=file][multiple]").set_input_files(list(paths))

    def run(self) -> None:
        """Press the one button."""
        self.visit.page.get_by_role("button", name=re.compile("^Run ")).click()

    def card(self, name: str) -> Locator:
        """Return what is shown of an image."""
        return self.visit.page.get_by_role("listitem").filter(has_text=name).first

    def wait_until_done(self, name: str) -> Locator:
        """Return the card once it shows a result."""
        link = self.card(name).get_by_role("link", name=f"Open the record of {name}")
        link.wait_for(timeout=SCORED_MS)
        return self.card(name)

    def record(self, name: str) -> Any:
        """Return the record that a card leads to, as the interface has it."""
        link = self.card(name).get_by_role("link", name=f"Open the record of {name}")
        identifier = str(link.get_attribute("href")).rpartition("/")[2]
        return self.visit.fetch(f"/api/v1/analyses/{identifier}?nuclei=false")

    def records(self, name: str) -> list[Any]:
        """Return every record of that file name."""
        items = self.visit.fetch("/api/v1/analyses?limit=100")["items"]
        return [item for item in items if item["filename"] == name]

    def posts(self) -> list[Request]:
        """Return a list that grows with every POST of an image from now on."""
        sent: list[Request] = []
        self.visit.page.on("request", lambda request: sent.append(request) if _is_post(request) else None)
        return sent


def _is_post(request: Request) -> bool:
    return request.method == "POST" and "/api/v1/analyses?" in request.url


def keys(sent: list[Request]) -> set[str]:
    """Return the idempotency keys that were sent."""
    return {request.headers["idempotency-key"] for request in sent}
