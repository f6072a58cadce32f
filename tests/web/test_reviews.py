"""Second opinions: asked for blind, given by somebody who sees nothing before, then side by side."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.handler.image_files import encode
from tests.web.site import DESKTOP, PHONE, Site, Visit
from training.phantoms import draw_phantom

PAUL, PETRA = "paul@example.org", "petra@example.org"
RESULT = ("index_percent", "index_interval_percent", "category", "counts", "nuclei", "revision")
"""What tells something of a result."""


@pytest.fixture(scope="module")
def field() -> bytes:
    return encode(draw_phantom(31, 700, 500, 0.25).rgb, "JPEG")


def scored(site: Site, field: bytes) -> dict[str, Any]:
    """Make a record of Paul's."""
    with site.person(PAUL) as paul:
        answer = paul.post(
            "/api/v1/analyses", files={"images": ("field.jpg", field)}, data={"mpp": "0.25", "wait": "240"}
        )
        (item,) = answer.raise_for_status().json()["items"]
        analysis: dict[str, Any] = item["analysis"]
        return analysis


def asked(site: Site, analysis: dict[str, Any], **more: Any) -> str:
    """Let Paul ask Petra, and return the request's id."""
    with site.person(PAUL) as paul:
        answer = paul.post(f"/api/v1/analyses/{analysis['id']}/assignments", json={"email": PETRA, **more})
        return str(answer.raise_for_status().json()["id"])


def heard(visit: Visit) -> list[Response]:
    """Keep all answers of the interface that this browser gets from now on."""
    answers: list[Response] = []
    visit.context.on("response", lambda answer: answers.append(answer) if "/api/v1/" in answer.url else None)
    return answers


def told(document: Any) -> Iterator[str]:
    """Name what a document tells of a result."""
    if isinstance(document, dict):
        yield from (name for name in RESULT if document.get(name) is not None)
    children = document.values() if isinstance(document, dict) else document
    for child in children if isinstance(document, dict | list) else ():
        yield from told(child)


def card_of(page: Page, note: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=note)


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_blind_review_sees_nothing_before_and_both_side_by_side_after(
    site: Site, field: bytes, device: dict[str, Any]
) -> None:
    analysis, note = scored(site, field), f"Look at it on {device['viewport']['width']} pixels."
    ask_blind(site, analysis, note)
    assert set(told(analysis)) == set(RESULT)
    with site.visit(device=device, email=PETRA) as visit:
        answers, page = heard(visit), visit.page
        page.goto("/reviews")
        card_of(page, note).get_by_role("button", name="Accept").click()
        card_of(page, note).get_by_role("link", name="Review").click()
        page.locator('[data-state="shown"]').wait_for()
        page.get_by_text("stays hidden until the review is in").wait_for()
        count_some(page, by_keys=device is DESKTOP)
        assert sees_nothing(answers)
        before = visit.context.request.get(f"/api/v1/analyses/{analysis['id']}/mask.png")
        assert before.status == 403
        page.get_by_label("Comment").fill("Few positive ones.")
        page.get_by_role("button", name="Give the review").click()
        page.get_by_role("dialog").get_by_role("button", name="Give the review").click()
        compared = rows_of(page)
        counts = visit.fetch(f"/api/v1/analyses/{analysis['id']}")["counts"]
        positive, negative = counts["immunopositive"], counts["immunonegative"]
        assert [int(cell) for cell in compared["Positive"]] == [3, positive, 3 - positive]
        assert [int(cell) for cell in compared["Negative"]] == [2, negative, 2 - negative]
        assert compared["Index"][0] == "60.0%"
        expect(page.get_by_text("Few positive ones.")).to_be_visible()


def ask_blind(site: Site, analysis: dict[str, Any], note: str) -> None:
    """Let Paul ask Petra on the record's page."""
    with site.visit(email=PAUL) as visit:
        visit.page.goto(f"/records/{analysis['id']}")
        visit.page.get_by_role("button", name="Ask for a second opinion").click()
        dialog = visit.page.get_by_role("dialog")
        dialog.get_by_role("combobox", name="Member").select_option(label=f"Petra Novak ({PETRA})")
        dialog.get_by_label("Note").fill(note)
        due = datetime.now(UTC).date() + timedelta(days=7)
        dialog.get_by_label("Due on").fill(due.isoformat())
        dialog.get_by_role("button", name="Ask", exact=True).click()
        visit.page.get_by_text(f"{PETRA} is asked").wait_for()
        (request,) = visit.fetch(f"/api/v1/analyses/{analysis['id']}/assignments")["items"]
        assert (request["blind"], request["due_on"], request["note"]) == (True, due.isoformat(), note)


def count_some(page: Page, *, by_keys: bool) -> None:
    """Count three positive and two negative nuclei, one too many and back."""
    if by_keys:
        page.locator("main").focus()
        for key in ("p", "p", "n", "p", "n", "n", "Backspace"):
            page.keyboard.press(key)
    else:
        for name in ("Positive", "Positive", "Negative", "Negative", "Positive", "Positive"):
            page.locator(".tally-button").filter(has_text=name).click()
        page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Immunopositive nuclei")).to_have_value("3")
    expect(page.get_by_label("Immunonegative nuclei")).to_have_value("2")


def sees_nothing(answers: list[Response]) -> bool:
    """Tell whether no answer told of a result, and none was even asked for."""
    paths = [answer.url.partition("/api/v1/")[2].partition("?")[0] for answer in answers]
    assert any(path.endswith(("image", "image.jpg")) for path in paths), "the field itself is shown"
    layers = ("mask.png", "heatmap.png", "overlay.png", "nuclei.geojson", "reviews", "corrections")
    assert [path for path in paths if path.endswith(layers)] == []
    documents = [answer.json() for answer in answers if answer.headers["content-type"] == "application/json"]
    assert len(documents) > 2
    return not list(told(documents))


def rows_of(page: Page) -> dict[str, list[str]]:
    """Return the comparison: its rows' cells by name; numbers with a plain minus."""
    table = page.get_by_role("region", name="Side by side").get_by_role("table")
    table.wait_for()
    rows = table.locator("tbody tr").all()
    return {
        row.get_by_role("rowheader").inner_text().strip(): [
            cell.inner_text().replace("−", "-").split("\n")[0] for cell in row.get_by_role("cell").all()
        ]
        for row in rows
    }


def test_an_open_review_shows_the_result_beside_and_may_agree(site: Site, field: bytes) -> None:
    analysis = scored(site, field)
    request = asked(site, analysis, blind=False)
    with site.visit(email=PETRA) as visit:
        page = visit.page
        page.goto(f"/reviews/{request}")
        result = page.get_by_role("region", name="The model's result")
        assert f"{analysis['counts']['immunonegative']} immunonegative" in result.inner_text()
        page.get_by_label("Agree", exact=True).check()
        page.get_by_role("button", name="Give the review").click()
        page.get_by_role("dialog").get_by_role("button", name="Give the review").click()
        page.get_by_text("Do you agree with the model? Agree").wait_for()
        (review,) = visit.fetch(f"/api/v1/analyses/{analysis['id']}/reviews")["items"]
        assert (review["agreement"], review["blind"], review["immunopositive"]) == ("agree", False, None)


def test_a_declined_request_shows_the_image_no_longer(site: Site, field: bytes) -> None:
    analysis = scored(site, field)
    asked(site, analysis, note="Decline this one.")
    with site.visit(device=PHONE, email=PETRA) as visit:
        visit.page.goto("/reviews")
        card_of(visit.page, "Decline this one.").get_by_role("button", name="Decline").click()
        visit.page.get_by_role("dialog").get_by_role("button", name="Decline").click()
        expect(card_of(visit.page, "Decline this one.")).to_have_count(0)
        assert visit.context.request.get(f"/api/v1/analyses/{analysis['id']}/image").status == 404
    with site.visit(device=PHONE, email=PAUL) as visit:
        visit.page.goto("/reviews")
        visit.page.get_by_role("button", name="Asked by me").click()
        visit.page.get_by_label("Show").select_option(label="Declined")
        expect(card_of(visit.page, "Decline this one.").get_by_text("Declined")).to_be_visible()


def test_one_takes_a_request_back(site: Site, field: bytes) -> None:
    analysis = scored(site, field)
    asked(site, analysis, note="Take this one back.")
    with site.visit(email=PAUL) as visit:
        visit.page.goto("/reviews?list=assigner&show=open")
        card_of(visit.page, "Take this one back.").get_by_role("button", name="Take back").click()
        visit.page.get_by_role("dialog").get_by_role("button", name="Take back").click()
        expect(card_of(visit.page, "Take this one back.")).to_have_count(0)
        assert visit.fetch(f"/api/v1/analyses/{analysis['id']}/assignments")["items"] == []


def test_ones_own_record_is_reviewed_before_looking(site: Site, field: bytes) -> None:
    analysis = scored(site, field)
    with site.visit(device=PHONE, email=PAUL) as visit:
        page = visit.page
        page.goto(f"/reviews/own/{analysis['id']}")
        expect(page.get_by_role("region", name="The model's result")).to_have_count(0)
        page.get_by_role("button", name="Category only").click()
        page.get_by_label("Category").select_option(label="High")
        page.get_by_role("button", name="Give the review").click()
        page.get_by_role("dialog").get_by_role("button", name="Give the review").click()
        assert rows_of(page)["Category"][0] == "High"
        page.get_by_role("link", name="To the record").click()
        opinions = page.get_by_role("region", name="Second opinions")
        expect(opinions.get_by_text("High")).to_be_visible()


def test_contacts_are_added_renamed_and_removed(site: Site) -> None:
    with site.visit(device=PHONE, email=PETRA) as visit:
        page = visit.page
        page.goto("/contacts")
        page.get_by_role("button", name="Add contact").click()
        page.get_by_role("textbox", name="Name").fill("Dr. Kim Lee")
        page.get_by_label("Email address").fill("kim@example.org")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("button", name="Rename Dr. Kim Lee").click()
        page.get_by_role("textbox", name="Name").fill("Prof. Kim Lee")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Prof. Kim Lee").wait_for()
        found = [(each["email"], each["name"]) for each in visit.fetch("/api/v1/contacts")["items"]]
        assert ("kim@example.org", "Prof. Kim Lee") in found
        page.get_by_role("button", name="Remove Prof. Kim Lee").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_role("listitem").filter(has_text="kim@example.org")).to_have_count(0)
        assert "kim@example.org" not in [each["email"] for each in visit.fetch("/api/v1/contacts")["items"]]


def test_agreement_says_what_the_interface_counts(site: Site, field: bytes) -> None:
    analysis = scored(site, field)
    asked(site, analysis)
    with site.person(PETRA) as petra:
        opinion = {"immunopositive": 10, "immunonegative": 30}
        petra.post(f"/api/v1/analyses/{analysis['id']}/reviews", json=opinion).raise_for_status()
    with site.visit(email=PAUL) as visit:
        visit.page.goto("/agreement")
        visit.page.get_by_label("Reviews", exact=True).select_option(label="Blind only")
        visit.page.get_by_role("button", name="Apply").click()
        visit.page.wait_for_url("**/agreement?blind=true")
        row = visit.page.get_by_role("row").filter(has_text="Model and petra")
        row.wait_for()
        (pair,) = [
            pair for pair in visit.fetch("/api/v1/agreement?blind=true")["pairs"] if pair["first"] == "model"
        ]
        cells = [cell.inner_text() for cell in row.get_by_role("cell").all()]
        assert (int(cells[0]), int(cells[3])) == (pair["index"]["n"], pair["category"]["n"])
        assert float(cells[1].replace("−", "-")) == round(pair["index"]["mean_difference_percent"], 1)
        chart = visit.page.get_by_role("img", name="Model and petra")
        expect(chart).to_be_visible()
