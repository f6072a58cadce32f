"""Learning: a student marks a field on a phone without its result, and is told how good the marks were."""

from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.handler.image_files import encode
from tests.web.places import FieldOnScreen, empty_spot, lonely
from tests.web.site import DESKTOP, PHONE, Site, Visit
from training.phantoms import draw_phantom

MPP, WIDTH_PX, HEIGHT_PX = 0.25, 500, 440
RADIUS_PX = 6 / MPP
PAUL, STUDENT = "paul@example.org", "estelle@example.org"
NOTE = "Mind the pale nuclei."


@pytest.fixture(scope="module")
def field(site: Site) -> dict[str, Any]:
    """Let Paul score a field and give it to a student to practise on; return it as Paul sees it."""
    site.add_person(STUDENT, "student", "--verified")
    image = encode(draw_phantom(41, WIDTH_PX, HEIGHT_PX, MPP).rgb, "PNG")
    with site.person(PAUL) as paul:
        sent = {"mpp": str(MPP), "wait": "240"}
        answer = paul.post("/api/v1/analyses", files={"images": ("given.png", image)}, data=sent)
        (item,) = answer.raise_for_status().json()["items"]
        path = f"/api/v1/analyses/{item['analysis']['id']}"
        given = {"email": STUDENT, "purpose": "learning", "note": NOTE}
        paul.post(f"{path}/assignments", json=given).raise_for_status()
        found: dict[str, Any] = paul.get(path).json()
    return found


def test_a_student_marks_what_was_given_and_is_scored(site: Site, field: dict[str, Any]) -> None:
    apart = lonely(field["nuclei"], 2 * RADIUS_PX)
    right, mislabelled = apart[:6], apart[6]
    assert len(apart) >= 7
    with site.visit(device=PHONE, email=STUDENT) as visit:
        page = visit.page
        hidden = visit.fetch(f"/api/v1/analyses/{field['id']}")
        assert (hidden["index_percent"], hidden["nuclei"], hidden["counts"]) == (None, None, None)
        page.goto("/learn")
        _given(visit, field["id"]).click()
        shown = FieldOnScreen.of(page, WIDTH_PX, HEIGHT_PX)
        tools = {"immunopositive": "Positive", "immunonegative": "Negative"}
        for nucleus in right:
            page.get_by_role("button", name=tools[str(nucleus["class"])]).click()
            shown.tap(nucleus["x"], nucleus["y"])
        wrong = "Negative" if mislabelled["class"] == "immunopositive" else "Positive"
        page.get_by_role("button", name=wrong).click()
        shown.tap(mislabelled["x"], mislabelled["y"])
        page.get_by_role("button", name="Positive").click()
        shown.tap(*empty_spot(field["nuclei"], WIDTH_PX, HEIGHT_PX, 1.5 * RADIUS_PX))
        assert sum(map(int, _counts(visit))) == 8
        page.get_by_role("button", name="Have it scored").click()
        page.get_by_role("dialog").get_by_role("button", name="Have it scored").click()
        page.wait_for_url("**/annotations/*")
        scored = visit.fetch(f"/api/v1/annotations/{page.url.rsplit('/', 1)[1]}")
        assert [len(scored["outcome"][name]) for name in ("right", "mislabelled", "invented")] == [6, 1, 1]
        _tells_what_the_interface_says(visit, scored)
        _can_be_downloaded(visit)
        _counts_over_time(visit, scored)


def _given(visit: Visit, analysis_id: str) -> Locator:
    return visit.page.locator(f'a[href="/learn/{analysis_id}"]').filter(has_text=NOTE)


def _tells_what_the_interface_says(visit: Visit, scored: dict[str, Any]) -> None:
    page, scores = visit.page, scored["scores"]
    for state in ("Right", "Missed", "Invented", "Mislabelled"):
        legend = page.get_by_role("button", name=state)
        assert legend.inner_text().split() == [state, str(len(scored["outcome"][state.lower()]))]
    told = page.get_by_role("region", name="Scores").inner_text()
    assert f"{scores['reference_index_percent']:.1f}%" in told
    assert f"{scores['index_percent']:.1f}%" in told
    cells = page.get_by_role("row", name="F1").get_by_role("cell").all_inner_texts()
    names = ("detection", "immunopositive", "immunonegative")
    assert cells == [
        f"{100 * scores[name]['f1']:.0f}%" if scores[name]["f1"] is not None else "–" for name in names
    ]
    missed = scored["outcome"]["missed"][0]
    FieldOnScreen.of(page, WIDTH_PX, HEIGHT_PX).tap(missed["x"], missed["y"])
    assert page.get_by_text(f"Missed: there is an {missed['class']} nucleus here.").is_visible()


def _can_be_downloaded(visit: Visit) -> None:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name="Picture").click()
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")


def _counts_over_time(visit: Visit, scored: dict[str, Any]) -> None:
    page = visit.page
    page.get_by_role("link", name="Learn").click()
    page.get_by_role("img", name="Nuclei found, by class (F1). 1 attempt.").wait_for()
    row = page.get_by_role("table", name="First attempts").get_by_role("row").nth(1)
    difference = scored["scores"]["index_difference_points"]
    assert f"{difference:+.1f} points".replace(".0 ", " ") in row.inner_text()
    assert _given(visit, scored["analysis_id"]).count() == 0
    row.get_by_role("link").click()
    page.wait_for_url(f"**/annotations/{scored['id']}")


def test_keys_choose_and_take_back_and_a_mark_can_be_removed(site: Site, field: dict[str, Any]) -> None:
    first, second, *_ = lonely(field["nuclei"], 2 * RADIUS_PX)
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        visit.page.goto(f"/learn/{field['id']}")
        shown = FieldOnScreen.of(visit.page, WIDTH_PX, HEIGHT_PX)
        press = visit.page.keyboard.press
        shown.click(first["x"], first["y"])
        press("2")
        shown.click(second["x"], second["y"])
        assert _counts(visit) == ["1", "1"]
        press("3")
        shown.click(first["x"], first["y"])
        assert _counts(visit) == ["0", "1"]
        press("z")
        assert _counts(visit) == ["1", "1"]
        press("1")
        visit.page.locator(".openseadragon-canvas").focus()
        press("Enter")
        assert _counts(visit) == ["2", "1"]
        visit.page.get_by_role("link", name="Learn").click()
        visit.page.go_back()
        FieldOnScreen.of(visit.page, WIDTH_PX, HEIGHT_PX)
        assert _counts(visit) == ["2", "1"]


def _counts(visit: Visit) -> list[str]:
    names = ("Positive", "Negative")
    return [visit.page.get_by_role("button", name=name).locator("strong").inner_text() for name in names]
