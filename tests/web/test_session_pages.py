"""Getting in and out: mails' links, a session that ends, organisations, the institution's sign-in."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import oidc_provider_mock
import pytest
from playwright.sync_api import expect

from tests.gateway.browser import QUICK
from tests.gateway.stage import migrate, set_stage, stage_settings
from tests.gateway.test_server import served
from tests.web.mails import link_to
from tests.web.site import DESKTOP, PASSWORD, PHONE, Site, Visit

NEW_PASSWORD = "a field of brown and blue"  # noqa: S105
DEVICES = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


def enter(visit: Visit, email: str, password: str) -> None:
    visit.page.get_by_label("Email address").fill(email)
    visit.page.get_by_label("Password", exact=True).fill(password)
    visit.page.get_by_role("button", name="Sign in", exact=True).click()


def is_in(visit: Visit) -> None:
    visit.page.get_by_role("navigation").first.wait_for()


@DEVICES
def test_signing_out_ends_the_session(site: Site, device: dict[str, Any]) -> None:
    with site.visit(device=device, email="paul@example.org") as visit:
        visit.page.goto("/account")
        visit.page.get_by_role("button", name="Sign out").click()
        visit.page.get_by_role("heading", name="Sign in").wait_for()
        assert visit.context.request.get("/api/v1/auth/session").status == 401
        visit.page.goto("/records")
        expect(visit.page.get_by_label("Email address")).to_be_visible()


def test_a_session_that_ends_while_working_comes_back_to_the_same_page(site: Site) -> None:
    with site.visit(email="paul@example.org") as visit:
        visit.page.goto("/contacts?from=here")
        visit.page.get_by_role("heading", name="Contacts").wait_for()
        visit.context.clear_cookies()
        visit.page.get_by_role("button", name="Add contact").click()
        visit.page.get_by_role("textbox", name="Name").fill("Nobody")
        visit.page.get_by_label("Email address").fill("nobody@example.org")
        visit.page.get_by_role("button", name="Add", exact=True).click()
        visit.page.get_by_text("You have been signed out").wait_for()
        enter(visit, "paul@example.org", PASSWORD)
        visit.page.get_by_role("heading", name="Contacts").wait_for()
        assert visit.page.url.endswith("/contacts?from=here")


def test_a_forgotten_password_is_chosen_anew_by_the_mails_link(site: Site) -> None:
    email = "rita@example.org"
    site.add_person(email, "analyst")
    with site.visit(device=PHONE) as visit:
        visit.expected.update({401, 422})
        visit.page.goto("/")
        visit.page.get_by_role("link", name="Forgot your password?").click()
        visit.page.get_by_label("Email address").fill(email)
        visit.page.get_by_role("button", name="Send me a message").click()
        visit.page.get_by_text("Look into your mail").wait_for()
        link = link_to(site, email, "choose-password")
        visit.page.goto(link)
        visit.page.get_by_label("New password").fill("short")
        visit.page.get_by_role("button", name="Set password").click()
        assert "12 to 256" in visit.page.get_by_role("alert").inner_text()
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Set password").click()
        visit.page.get_by_text("Your password is set").wait_for()
        assert "#" not in visit.page.url, "a used token does not stay in the address"
        enter(visit, email, NEW_PASSWORD)
        is_in(visit)
        visit.page.goto(link)
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Set password").click()
        visit.page.get_by_text("This link cannot be used").wait_for()
        expect(visit.page.get_by_role("button", name="Send me a message")).to_be_visible()


def test_an_address_is_confirmed_by_the_mails_link(site: Site) -> None:
    site.add_person("vera@example.org", "analyst")
    with site.visit(email="vera@example.org") as visit:
        visit.page.goto("/account")
        visit.page.get_by_role("button", name="Send a message to confirm it").click()
        visit.page.goto(link_to(site, "vera@example.org", "verify-address"))
        visit.page.get_by_text("your address is confirmed").wait_for()
        visit.page.get_by_role("link", name="Go on").click()
        is_in(visit)
        assert visit.fetch("/api/v1/auth/session")["user"]["email_verified"] is True


def test_a_password_is_changed(site: Site) -> None:
    site.add_person("cora@example.org", "analyst")
    with site.visit(email="cora@example.org") as visit:
        visit.expected.add(403)
        visit.page.goto("/account")
        visit.page.get_by_label("Current password").fill("not the one it is")
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Change password").click()
        visit.page.get_by_role("alert").wait_for()
        visit.page.get_by_label("Current password").fill(PASSWORD)
        visit.page.get_by_role("button", name="Change password").click()
        visit.page.get_by_text("Your password is changed").wait_for()
    with site.visit() as visit:
        visit.expected.add(401)
        visit.page.goto("/")
        enter(visit, "cora@example.org", NEW_PASSWORD)
        is_in(visit)


def invited(site: Site, by: str, email: str, role: str) -> str:
    """Invite somebody, and return the link of the mail."""
    with site.person(by) as person:
        body = {"email": email, "role": role}
        person.post("/api/v1/invitations", json=body).raise_for_status()
    return link_to(site, email, "accept-invitation")


def test_an_invitation_is_accepted_with_a_new_account(site: Site) -> None:
    email = "nora@example.org"
    link = invited(site, "ada@example.org", email, "pathologist")
    with site.visit(device=PHONE) as visit:
        visit.expected.add(401)
        visit.page.goto(link)
        visit.page.get_by_label("Your name").fill("Nora")
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Accept the invitation").click()
        visit.page.get_by_text("You are in Demonstration now, as Pathologist").wait_for()
        enter(visit, email, NEW_PASSWORD)
        is_in(visit)
        assert visit.fetch("/api/v1/auth/session")["role"] == "pathologist"


def test_an_invitation_adds_an_organisation_and_one_switches_between_them(site: Site) -> None:
    site.add_person("olga@example.org", "analyst", "--verified")
    clinic = ("--organisation", "Second Clinic", "--email", "otto@example.org")
    site.command("create-administrator", *clinic, "--password", "stdin")
    link = invited(site, "otto@example.org", "olga@example.org", "student")
    with site.visit() as visit:
        visit.expected.update({401, 409})
        visit.page.goto(link)
        visit.page.get_by_label("Your name").fill("Olga")
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Accept the invitation").click()
        visit.page.get_by_text("There is an account for your address already").wait_for()
        enter(visit, "olga@example.org", PASSWORD)
        visit.page.get_by_text("You are signed in as olga@example.org").wait_for()
        visit.page.get_by_role("button", name="Accept the invitation").click()
        visit.page.get_by_text("You are in Second Clinic now, as Student").wait_for()
        acting = visit.fetch("/api/v1/auth/session")
        assert (acting["organisation"]["name"], acting["role"]) == ("Second Clinic", "student")
        visit.page.goto("/account")
        visit.page.get_by_role("button", name="Switch to Demonstration").click()
        visit.page.get_by_text("You act in Demonstration now").wait_for()
        acting = visit.fetch("/api/v1/auth/session")
        assert (acting["organisation"]["name"], acting["role"]) == ("Demonstration", "analyst")


def test_the_appearance_is_light_on_request_and_stays_so(site: Site) -> None:
    with site.visit(email="paul@example.org") as visit:
        html = visit.page.locator("html")
        expect(html).to_have_attribute("data-theme", "dark")
        visit.page.goto("/account")
        visit.page.get_by_role("button", name="Light").click()
        expect(html).to_have_attribute("data-theme", "light")
        visit.page.reload()
        expect(html).to_have_attribute("data-theme", "light")


@pytest.fixture(scope="module")
def institution() -> Iterator[str]:
    """An OpenID provider with two people; it asks for no password."""
    people = [
        oidc_provider_mock.User(sub=name, claims={"email": f"{name}@example.org", "email_verified": True})
        for name in ("dora", "emil")
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def clinic(site: Site, institution: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A gateway that knows the provider, and expects Dora's colleagues; it takes registrations."""
    folder = tmp_path_factory.mktemp("institution")
    stage = set_stage(stage_settings(folder / "var", **QUICK), migrate(folder / "migrated"))
    settings = {
        "GATEWAY_OIDC_ISSUER": institution,
        "GATEWAY_OIDC_CLIENT_SECRET": "s3cret",
        "GATEWAY_OIDC_NAME": "Institute",
        "GATEWAY_REGISTRATION": "open",
        "GATEWAY_PROCESSES": "1",
    }
    try:
        with served(stage, **settings) as address:
            environment = {"GATEWAY_PORT": address.rpartition(":")[2], "KI67_VAR": str(folder / "var")}
            yield Site(replace(site.running, environment=environment), site.browser)
    finally:
        stage.close()


def at_the_institution(visit: Visit, institution: str, button: str) -> None:
    """Press a button at the provider, whose page is not ours to judge."""
    style = "https://cdn.jsdelivr.net/**"
    visit.context.route(style, lambda route: route.fulfill(body="", content_type="text/css"))
    visit.page.get_by_role("link", name="Sign in with Institute").click()
    visit.page.get_by_role("button", name=button, exact=True).click()
    visit.page.wait_for_url(f"{visit.site.url}/**")
    assert all(url.startswith((institution, "https://cdn.jsdelivr.net/")) for url in visit.foreign)
    visit.foreign.clear()


def test_the_institutions_sign_in_leads_to_the_page_that_was_asked_for(
    clinic: Site, institution: str
) -> None:
    with clinic.visit() as visit:
        visit.expected.add(401)
        visit.page.goto("/contacts?from=mail")
        at_the_institution(visit, institution, "dora")
        visit.page.get_by_role("heading", name="Contacts").wait_for()
        assert visit.page.url.endswith("/contacts?from=mail")
        assert visit.fetch("/api/v1/auth/session")["user"]["email"] == "dora@example.org"


def test_a_sign_in_refused_by_the_institution_is_told_in_words(clinic: Site, institution: str) -> None:
    with clinic.visit(device=PHONE) as visit:
        visit.expected.add(401)
        visit.page.goto("/")
        at_the_institution(visit, institution, "Deny")
        assert "did not succeed" in visit.page.get_by_role("alert").inner_text()
        at_the_institution(visit, institution, "emil")
        is_in(visit)
        assert visit.page.url == f"{clinic.url}/"


def test_an_account_is_asked_for_where_registration_is_open(clinic: Site) -> None:
    with clinic.visit(device=PHONE) as visit:
        visit.expected.add(401)
        visit.page.goto("/")
        visit.page.get_by_role("link", name="Create an account").click()
        visit.page.get_by_label("Your name").fill("Gina")
        visit.page.get_by_label("Email address").fill("gina@example.org")
        visit.page.get_by_role("button", name="Send me a message").click()
        visit.page.get_by_text("Look into your mail").wait_for()
        visit.page.goto(link_to(clinic, "gina@example.org", "choose-password"))
        visit.page.get_by_label("New password").fill(NEW_PASSWORD)
        visit.page.get_by_role("button", name="Set password").click()
        visit.page.get_by_text("Your password is set").wait_for()
        enter(visit, "gina@example.org", NEW_PASSWORD)
        is_in(visit)
        assert visit.fetch("/api/v1/auth/session")["role"] == "guest"


def test_without_a_provider_the_way_back_is_told_in_words(site: Site) -> None:
    with site.visit() as visit:
        visit.expected.add(401)
        visit.page.goto("/api/v1/auth/oidc")
        assert "not set up here" in visit.page.get_by_role("alert").inner_text()
        enter(visit, "paul@example.org", PASSWORD)
        is_in(visit)
        assert visit.page.url == f"{site.url}/"
