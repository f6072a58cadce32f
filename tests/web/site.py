"""A site for browser tests: `make run` as it is, people in its organisation, and browsers to look at it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
from apiflask import APIFlask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from gateway import create_app
from tests.system.test_run import Running

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who exist in tests only
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PATIENCE_MS = 60_000
PEOPLE = {
    "ada@example.org": ("Ada Berg", "administrator"),
    "paul@example.org": ("Paul Meyer", "pathologist"),
    "petra@example.org": ("Petra Novak", "pathologist"),
    "stella@example.org": ("Stella Rossi", "student"),
}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Return the path of the machine's Chromium."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@dataclass
class Site:
    """A running service, and who is known to it."""

    running: Running
    browser: Browser

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.environment['GATEWAY_PORT']}"

    @property
    def var(self) -> Path:
        return Path(self.running.environment["KI67_VAR"])

    def client(self) -> httpx2.Client:
        """Return the interface as a program with the site's key sees it."""
        key = (self.var / "api-key").read_text().strip()
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    @contextmanager
    def person(self, email: str) -> Iterator[httpx2.Client]:
        """Give the interface as somebody signed in sees it."""
        with httpx2.Client(base_url=self.url, timeout=240) as client:
            answer = client.post("/api/v1/auth/session", json={"email": email, "password": PASSWORD})
            client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
            yield client

    def add_person(self, email: str, role: str, *further: str) -> None:
        """Make a person with `PASSWORD` in the demonstration organisation."""
        place = ("--organisation", "Demonstration", "--role", role)
        self.command("create-user", "--email", email, *place, *further, "--password", "stdin")

    def command(self, *words: str) -> None:
        """Run one of the gateway's commands, here and not in a process; it may read `PASSWORD`."""
        done = self.app.test_cli_runner().invoke(args=list(words), input=PASSWORD)
        assert done.exit_code == 0, done.output

    @cached_property
    def app(self) -> APIFlask:
        """The gateway with the settings of the one that runs, for its commands."""
        secret = {"GATEWAY_SECRET_FILE": str(self.var / "gateway-secret")}
        with patch.dict(os.environ, self.running.environment | secret):
            return create_app()

    @contextmanager
    def visit(self, *, device: dict[str, Any] = DESKTOP, email: str | None = None) -> Iterator["Visit"]:
        """Open a browser of one's own, signed in where an address is named; its console must stay clean."""
        context = self.browser.new_context(base_url=self.url, locale="en-GB", **device)
        context.set_default_timeout(PATIENCE_MS)
        visit = Visit(self, context, context.new_page())
        visit.watch()
        try:
            if email:
                visit.sign_in(email)
            yield visit
            visit.check()
        finally:
            context.close()


@contextmanager
def open_site(running: Running, chromium: str) -> Iterator[Site]:
    """Start a browser beside a running service, and make its people."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        site = Site(running, browser)
        for email, (name, role) in PEOPLE.items():
            site.add_person(email, role, "--name", name, "--verified")
        yield site
        browser.close()


@dataclass
class Visit:
    """One person's browser."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: set[int | str] = field(default_factory=set)
    """What the test provokes, statuses and words: Chromium writes each failed request on the console."""

    def watch(self) -> None:
        """Write down what the console complains of, and every request that leaves the gateway's origin."""
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", lambda request: self._see(request.url))

    def sign_in(self, email: str) -> None:
        """Sign in through the page."""
        self.expected.add(401)
        self.page.goto("/")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("navigation").first.wait_for()

    def choose_theme(self, theme: str) -> None:
        """Let every page from now on be dark or light."""
        self.context.add_init_script(f"localStorage.setItem('ki67-theme', '{theme}')")

    def fetch(self, path: str) -> Any:
        """Return what the interface answers this person, past the page."""
        return json.loads(self.context.request.get(path).text())

    def check(self) -> None:
        """Fail where the console complained or a request went elsewhere."""
        assert self.complaints == [], self.complaints
        assert self.foreign == [], self.foreign

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or self._is_expected(message.text):
            return
        self.complaints.append(f"{message.type}: {message.text} {message.location}")

    def _is_expected(self, text: str) -> bool:
        parts = (f"status of {each} " if isinstance(each, int) else each for each in self.expected)
        return any(part in text for part in parts)

    def _see(self, url: str) -> None:
        if not url.startswith((self.site.url, "data:", "blob:")):
            self.foreign.append(url)
