"""Administration at a desk: members, invitations, keys, settings, audit log, versions; who sees none."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.handler.image_files import encode
from tests.web.site import DESKTOP, Site, Visit
from training.phantoms import draw_phantom

ADA = "ada@example.org"


@pytest.fixture
def visit(site: Site) -> Iterator[Visit]:
    with site.visit(device=DESKTOP, email=ADA) as visit:
        yield visit


def _go(visit: Visit, part: str) -> None:
    visit.page.get_by_role("link", name="Administration", exact=True).click()
    visit.page.get_by_role("link", name=part, exact=True).click()


def _items(visit: Visit, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visit.fetch(path)["items"]
    return found


def test_somebody_is_invited_and_the_invitation_withdrawn(visit: Visit) -> None:
    page = visit.page
    _go(visit, "Invitations")
    page.get_by_label("Email address").fill("nora@example.org")
    page.get_by_label("Role").select_option("Pathologist")
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_role("listitem").filter(has_text="nora@example.org").wait_for()
    (open_one,) = _items(visit, "/api/v1/invitations")
    assert (open_one["email"], open_one["role"]) == ("nora@example.org", "pathologist")
    page.get_by_role("button", name="Withdraw the invitation of nora@example.org").click()
    page.get_by_text("Nobody is invited").wait_for()
    assert _items(visit, "/api/v1/invitations") == []


def test_whoever_is_a_member_already_is_not_invited(visit: Visit) -> None:
    visit.expected.add(409)
    _go(visit, "Invitations")
    visit.page.get_by_label("Email address").fill("paul@example.org")
    visit.page.get_by_role("button", name="Send invitation").click()
    assert "member already" in visit.page.get_by_role("alert").inner_text()


def test_a_member_gets_another_role(site: Site, visit: Visit) -> None:
    site.add_person("mona@example.org", "analyst")
    _go(visit, "Members")
    visit.page.get_by_label("Role of mona").select_option("Student")
    visit.page.get_by_text("mona is now student.").wait_for()
    roles = {each["email"]: each["role"] for each in _items(visit, "/api/v1/members")}
    assert roles["mona@example.org"] == "student"
    visit.page.get_by_role("button", name="Remove mona").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    visit.page.get_by_label("Role of mona").wait_for(state="detached")
    assert "mona@example.org" not in {each["email"] for each in _items(visit, "/api/v1/members")}


def test_one_s_own_role_is_not_in_reach(visit: Visit) -> None:
    _go(visit, "Members")
    assert visit.page.get_by_label("Role of ada").is_disabled()
    assert visit.page.get_by_role("button", name="Remove ada").is_disabled()


def test_a_key_is_shown_once_works_and_is_revoked(site: Site, visit: Visit) -> None:
    page = visit.page
    _go(visit, "API keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("microscope 2")
    page.get_by_role("checkbox", name="analyses:write").uncheck()
    page.get_by_label("Expires after").select_option("7 days")
    page.get_by_role("button", name="Make key").click()
    key = page.get_by_label("Key", exact=True).input_value()
    page.get_by_role("button", name="Done").click()
    assert key not in page.content()
    session = _as(site, key, "/api/v1/auth/session").json()
    assert (session["kind"], session["scopes"]) == ("key", ["analyses:read"])
    page.get_by_role("button", name="Revoke microscope 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("Revoked", exact=True).wait_for()
    assert _as(site, key, "/api/v1/analyses").status_code == 401


def _as(site: Site, key: str, path: str) -> httpx2.Response:
    return httpx2.get(f"{site.url}{path}", headers={"Authorization": f"Bearer {key}"}, timeout=30)


def test_changed_boundaries_stand_for_new_results_and_in_the_audit_log(site: Site, visit: Visit) -> None:
    page = visit.page
    _go(visit, "Settings")
    page.get_by_label("Low below").fill("30")
    page.get_by_label("High above").fill("20")
    assert "not above the second" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="Save").is_disabled()
    page.get_by_label("Low below").fill("99")
    page.get_by_label("High above").fill("99.5")
    examples = page.get_by_role("listitem").filter(has_text="%").all_inner_texts()
    assert [each.split() for each in examples] == [
        ["98.9%", "Low"],
        ["99.0%", "Borderline"],
        ["99.5%", "Borderline"],
        ["99.6%", "High"],
    ]
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Settings saved").wait_for()
    try:
        result = _scored(site)
        assert (result["category"], result["index_percent"] > 20) == ("low", True)
        assert result["thresholds"]["category_boundaries_percent"] == [99, 99.5]
    finally:
        page.get_by_label("Low below").fill("")
        page.get_by_label("High above").fill("")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("usually 10 and 20").wait_for()
    _is_in_the_audit_log(visit)


def _scored(site: Site) -> dict[str, Any]:
    """Score a field whose index is high by the usual boundaries."""
    image = encode(draw_phantom(HIGH_SEED, 300, 300, 0.25).rgb, "PNG")
    with site.person("paul@example.org") as paul:
        data = {"mpp": "0.25", "wait": "240"}
        answer = paul.post("/api/v1/analyses", files={"images": ("high.png", image)}, data=data)
        (item,) = answer.raise_for_status().json()["items"]
    found: dict[str, Any] = item["analysis"]
    return found


HIGH_SEED = 3


def _is_in_the_audit_log(visit: Visit) -> None:
    page = visit.page
    _go(visit, "Audit log")
    page.get_by_label("Action").fill("organisation.changed")
    page.get_by_label("Action").press("Tab")
    page.get_by_role("cell", name="analysis.created").first.wait_for(state="detached")
    rows = page.get_by_role("row").filter(has_text="organisation.changed")
    rows.nth(1).wait_for()
    assert rows.count() == 2
    assert "Ada Berg" in rows.first.inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="JSON lines").click()
    events = [json.loads(line) for line in waiting.value.path().read_text().splitlines()]
    assert [event["action"] for event in events] == ["organisation.changed"] * 2


def test_the_audit_log_goes_on_page_by_page(visit: Visit) -> None:
    _go(visit, "Audit log")
    for _ in range(60):
        assert visit.context.request.get("/api/v1/audit-events.jsonl?action=none").ok
    rows = visit.page.get_by_role("table").get_by_role("row")
    visit.page.reload()
    rows.nth(1).wait_for()
    shown = rows.count()
    visit.page.get_by_role("button", name="More", exact=True).click()
    rows.nth(shown).wait_for()
    assert rows.count() > shown


def test_versions_are_told_as_the_interface_tells_them(visit: Visit) -> None:
    _go(visit, "Model versions")
    for version in _items(visit, "/api/v1/models"):
        card = visit.page.get_by_role("listitem").filter(has_text=f"ki67 {version['version']}")
        card.first.wait_for()
        assert ("Default" in card.first.inner_text()) == version["is_default"]
        assert (version["weights_sha256"] or "")[:16] in card.first.inner_text()
        assert f"{version['share_percent']:.0f}%" in card.first.inner_text()


def test_a_student_sees_no_administration(site: Site) -> None:
    with site.visit(email="stella@example.org") as visit:
        assert visit.page.get_by_role("link", name="Administration").count() == 0
        visit.page.goto("/administration/members")
        visit.page.get_by_role("heading", name="Page not found").wait_for()
        assert visit.page.get_by_text("ada@example.org").count() == 0
