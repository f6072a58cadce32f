"""Signing in and out, on a phone and on a desktop."""

from typing import Any

import pytest

from tests.web.site import DESKTOP, PASSWORD, PHONE, Site


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_sign_in_shows_the_first_page(site: Site, device: dict[str, Any]) -> None:
    with site.visit(device=device, email="paul@example.org") as visit:
        assert visit.page.get_by_role("link", name="Score").is_visible()
        assert visit.fetch("/api/v1/auth/session")["user"]["email"] == "paul@example.org"


def test_a_wrong_password_is_refused_in_words(site: Site) -> None:
    with site.visit() as visit:
        visit.expected.add(401)
        visit.page.goto("/records")
        visit.page.get_by_label("Email address").fill("paul@example.org")
        visit.page.get_by_label("Password", exact=True).fill(PASSWORD[::-1])
        visit.page.get_by_role("button", name="Sign in").click()
        assert "password" in visit.page.get_by_role("alert").inner_text().lower()
