"""What `make run` tells the person at the terminal: what happens, that it goes on, and how to begin."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from stack.settings import ROOT, StackSettings

REMIND_EVERY_S = 10.0
EXAMPLE = ROOT / "docs" / "images" / "phantom.png"


class Terminal:
    """Lines and, on a real terminal, a moving sign of life."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line, as it is, so that commands can be copied."""
        self._console.print(text, soft_wrap=True)

    @contextmanager
    def waiting(self) -> Iterator[Callable[[str], None]]:
        """Show what is waited for and for how long; yields a function to call a few times a second."""
        with self._console.status("") as status:
            shown, shown_at = "", 0.0

            def show(text: str) -> None:
                nonlocal shown, shown_at
                now = time.monotonic()
                line = f"{text} ({now - self._began:.0f} s)"
                status.update(line)
                if not self._console.is_terminal and (text != shown or now - shown_at > REMIND_EVERY_S):
                    self.say(line)
                    shown, shown_at = text, now

            yield show


def greeting(settings: StackSettings) -> str:
    """Return how to begin: address, key, and a curl line that works as it stands."""
    key, url = settings.var / "api-key", settings.gateway_url
    header = f'"Authorization: Bearer $(cat {shlex.quote(str(key))})"'
    direct = "--noproxy '*' " if settings.gateway_is_near else ""
    form = f"-F {shlex.quote(f'images=@{EXAMPLE}')} -F mpp=0.25"
    return "\n".join(
        [
            f"Ki-67 scoring is ready at {url} (its interface: {url}/docs)",
            f"  API key   {key}",
            f"  sign in   demonstration@ki67.invalid, password in {settings.var / 'demonstration-password'}",
            f"  logs      {settings.var / 'log'}",
            "",
            f"  curl {direct}-H {header} {form} {url}/api/v1/analyses",
            f"  make score IMAGES={shlex.quote(str(EXAMPLE.relative_to(ROOT)))}",
            "",
            "Ctrl-C stops everything.",
        ]
    )
