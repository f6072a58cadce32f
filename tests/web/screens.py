"""The client's main screens: who looks at which address, for pictures and for tests of every screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.web.sample import Sample

PAUL, PETRA, STELLA, ADA = (f"{name}@example.org" for name in ("paul", "petra", "stella", "ada"))


@dataclass(frozen=True)
class Screen:
    """A screen: its name, who looks (None: nobody is signed in), its address, whether it shows a picture."""

    name: str
    email: str | None
    path: Callable[[Sample], str]
    has_picture: bool = False


def _at(path: str) -> Callable[[Sample], str]:
    return lambda _sample: path


SCREENS = (
    Screen("sign-in", None, _at("/")),
    Screen("choose-password", None, _at("/choose-password")),
    Screen("score", PAUL, _at("/")),
    Screen("records", PAUL, _at("/records")),
    Screen("no-records", PAUL, _at("/records?text=nothing-is-called-so")),
    Screen("result", PAUL, lambda sample: f"/records/{sample.records[0]}", True),
    Screen("missing", PAUL, _at("/records/00000000000000000000000000000000")),
    Screen("compare", PAUL, lambda sample: f"/compare?a={sample.records[0]}&b={sample.records[1]}", True),
    Screen("reviews", PETRA, _at("/reviews")),
    Screen("blind-review", PETRA, lambda sample: f"/reviews/{sample.blind}", True),
    Screen("review", PETRA, lambda sample: f"/reviews/{sample.reviewed}", True),
    Screen("agreement", PAUL, _at("/agreement")),
    Screen("contacts", PETRA, _at("/contacts")),
    Screen("learn", STELLA, _at("/learn")),
    Screen("marking", STELLA, lambda sample: f"/learn/{sample.practice}", True),
    Screen("practice-result", STELLA, lambda sample: f"/annotations/{sample.annotation}", True),
    Screen("members", ADA, _at("/administration/members")),
    Screen("invitations", ADA, _at("/administration/invitations")),
    Screen("api-keys", ADA, _at("/administration/api-keys")),
    Screen("settings", ADA, _at("/administration/settings")),
    Screen("audit", ADA, _at("/administration/audit")),
    Screen("versions", ADA, _at("/administration/versions")),
    Screen("account", PAUL, _at("/account")),
    Screen("nowhere", PAUL, _at("/records/a/b")),
)


def by_visitor() -> Iterator[tuple[str | None, list[Screen]]]:
    """Group the screens by who looks, so that each signs in once."""
    for email in dict.fromkeys(screen.email for screen in SCREENS):
        yield email, [screen for screen in SCREENS if screen.email == email]
