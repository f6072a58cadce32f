"""A record's page against what the interface says: counts, layers, thresholds, taps, corrections."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.handler.image_files import encode
from tests.web.site import DESKTOP, PHONE, Site, Visit
from training.phantoms import draw_phantom

PAUL = "paul@example.org"
YELLOW, CYAN = (255, 221, 0), (0, 229, 255)
NEAR = 60
"""Largest sum of differences in red, green and blue to a colour, still the same colour."""
SIZE_PX = (640, 520)
BOTH = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


def scored(site: Site, seed: int = 6) -> str:
    """Score a phantom as Paul; returns its id."""
    image = encode(draw_phantom(seed, *SIZE_PX, 0.25).rgb, "PNG")
    with site.person(PAUL) as paul:
        answer = paul.post(
            "/api/v1/analyses",
            files={"images": ("field.png", image)},
            data={"mpp": "0.25", "wait": "240"},
        )
    (item,) = answer.raise_for_status().json()["items"]
    assert item["status"] == "succeeded"
    return str(item["analysis"]["id"])


@pytest.fixture(scope="module")
def record(site: Site) -> str:
    """A scored record that no test changes."""
    return scored(site)


@pytest.fixture(scope="module")
def own(site: Site) -> Callable[[], str]:
    """Make records to be changed."""
    return lambda: scored(site)


@dataclass
class Result:
    """The page of one record."""

    visit: Visit
    analysis_id: str

    @property
    def page(self) -> Page:
        return self.visit.page

    def open(self) -> "Result":
        self.page.goto(f"/records/{self.analysis_id}")
        return self.wait()

    def wait(self) -> "Result":
        self.page.locator(".field-place[data-state=shown]").wait_for()
        return self

    def document(self) -> Any:
        return self.visit.fetch(f"/api/v1/analyses/{self.analysis_id}")

    def counts(self) -> tuple[int, ...]:
        """Return immunopositive, immunonegative and all, as the page tells them."""
        texts = self.page.locator(".counts dd").all_inner_texts()
        return tuple(int(text.replace(",", "")) for text in texts)

    def index(self) -> float:
        return float(self.page.locator(".score-index").inner_text().rstrip("%"))

    def expect_counts(self, counts: dict[str, int]) -> None:
        until(lambda: self.counts() == tuple(counts.values()), lambda: f"{self.counts()} {counts}")

    def tool(self, name: str) -> None:
        self.page.get_by_role("toolbar", name="Correct nuclei").get_by_role("button", name=name).click()

    def tap(self, x: float, y: float) -> None:
        """Tap a pixel of the image, while the whole image is in view."""
        box = self.page.locator(".field-place").bounding_box()
        assert box
        width, height = SIZE_PX
        scale = min(box["width"] / width, box["height"] / height)
        left = box["x"] + (box["width"] - width * scale) / 2
        top = box["y"] + (box["height"] - height * scale) / 2
        self.page.mouse.click(left + (x + 0.5) * scale, top + (y + 0.5) * scale)

    def pixels(self) -> NDArray[np.int16]:
        shot = self.page.locator(".field-place").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16)

    def share(self, colour: tuple[int, int, int]) -> float:
        """Return the share of the picture in that colour, in percent."""
        return float(100 * (np.abs(self.pixels() - colour).sum(axis=2) < NEAR).mean())

    def layer(self, name: str) -> Locator:
        return self.page.get_by_role("checkbox", name=name, exact=True)

    def saved(self) -> None:
        self.page.get_by_text("Saved", exact=True).wait_for()


def until(condition: Callable[[], bool], told: Callable[[], str] = str, at_most_s: float = 30) -> None:
    """Wait until it is so."""
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, told() or "it did not happen"
        time.sleep(0.1)


def free_nucleus(document: Any, name: str, from_px: float = 40) -> int:
    """Return the place of a nucleus of that class with no other near it, away from the border."""
    nuclei = document["nuclei"]
    for place, one in enumerate(nuclei):
        inside = from_px < one["x"] < SIZE_PX[0] - 120 and from_px < one["y"] < SIZE_PX[1] - 120
        gaps = [np.hypot(one["x"] - each["x"], one["y"] - each["y"]) for each in nuclei if each is not one]
        if inside and one["class"] == name and min(gaps) > 15:
            return place
    raise AssertionError("the phantom has no such nucleus")


@BOTH
def test_the_page_tells_what_the_interface_tells(site: Site, record: str, device: dict[str, Any]) -> None:
    with site.visit(device=device, email=PAUL) as visit:
        result = Result(visit, record).open()
        document = result.document()
        result.expect_counts(document["counts"])
        assert result.index() == pytest.approx(document["index_percent"], abs=0.06)
        panel = result.page.locator(".result-panel").inner_text()
        low, high = document["index_interval_percent"]
        assert f"{low:.1f}"[:-1] in panel
        assert f"{high:.1f}"[:-1] in panel
        assert document["category"].capitalize() in panel
        assert "ki67 1.1" in panel
        assert "0.25 µm per pixel, as given" in panel
        assert all(warning["detail"] in panel for warning in document["warnings"])


def test_each_layer_changes_the_picture_as_it_should(site: Site, record: str) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, record).open()
        until(lambda: result.share(CYAN) > 0.2 and result.share(YELLOW) > 0.02)
        with_all = result.share(CYAN)
        result.layer("Nuclei").uncheck()
        until(lambda: 0.1 < result.share(CYAN) < with_all)
        result.layer("Contours").uncheck()
        until(lambda: result.share(CYAN) < 0.02 and result.share(YELLOW) < 0.02)
        bare = result.pixels()
        result.layer("Mask").check()
        result.page.get_by_label("Opacity of Mask").fill("1")
        until(lambda: bool(np.abs(result.pixels() - bare).mean() > 5), at_most_s=60)
        result.layer("Mask").uncheck()
        until(lambda: bool(np.abs(result.pixels() - bare).mean() < 0.5))
        result.layer("Heat map").check()
        until(lambda: bool(np.abs(result.pixels() - bare).mean() > 0.5), at_most_s=60)
        result.layer("Heat map").uncheck()
        result.layer("Image").uncheck()
        until(lambda: bool(result.pixels().mean() < 40))


def test_thresholds_score_again_at_once_and_go_back(site: Site, record: str) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, record).open()
        before = result.document()["counts"]
        result.page.get_by_label("Least area:").fill("45")
        result.page.get_by_label("Probability:").fill("0.8")
        with site.person(PAUL) as paul:
            asked = {"probability": 0.8, "min_area_um2": 45, "save": False}
            answer = paul.post(f"/api/v1/analyses/{record}/rescore", json=asked).raise_for_status().json()
        assert answer["counts"] != before
        result.expect_counts(answer["counts"])
        expect(result.page.get_by_text("Not kept yet")).to_be_visible()
        result.page.get_by_role("button", name="Back", exact=True).click()
        result.expect_counts(before)
        assert result.document()["revision"] == 1


def test_thresholds_are_kept_when_asked(site: Site, own: Callable[[], str]) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, own()).open()
        result.page.get_by_label("Least area:").fill("45")
        result.page.get_by_role("button", name="Keep").click()
        expect(result.page.get_by_text("Not kept yet")).to_be_hidden()
        document = result.document()
        assert (document["revision"], document["thresholds"]["min_area_um2"]) == (2, 45)
        result.expect_counts(document["counts"])


@BOTH
def test_a_tapped_nucleus_tells_what_it_is(site: Site, record: str, device: dict[str, Any]) -> None:
    with site.visit(device=device, email=PAUL) as visit:
        result = Result(visit, record).open()
        document = result.document()
        for name in ("immunopositive", "immunonegative"):
            nucleus = document["nuclei"][free_nucleus(document, name)]
            result.tap(nucleus["x"], nucleus["y"])
            card = result.page.locator(".nucleus-card")
            expect(card).to_contain_text(name.capitalize())
            expect(card).to_contain_text(f"{nucleus['area_um2']:g} µm²")
            expect(card).to_contain_text("%")


@BOTH
def test_corrections_change_the_index_and_are_undone(
    site: Site, own: Callable[[], str], device: dict[str, Any]
) -> None:
    with site.visit(device=device, email=PAUL) as visit:
        result = Result(visit, own()).open()
        document = result.document()
        model = document["counts"]
        negative = document["nuclei"][free_nucleus(document, "immunonegative")]
        positive = document["nuclei"][free_nucleus(document, "immunopositive")]
        result.tool("Relabel")
        result.tap(negative["x"], negative["y"])
        result.expect_counts(moved(model, 1, -1))
        result.tool("Remove")
        result.tap(positive["x"], positive["y"])
        result.expect_counts(moved(model, 0, -1))
        result.tool("Positive")
        result.tap(8, 8)
        result.expect_counts(moved(model, 1, -1))
        result.saved()
        correction = result.document()["correction"]
        result.expect_counts(correction["counts"])
        assert result.index() == pytest.approx(correction["index_percent"], abs=0.06)
        for _ in range(3):
            result.page.get_by_role("button", name="Undo").click()
        result.expect_counts(model)
        result.saved()
        until(lambda: result.document()["correction"]["counts"] == model)
        result.page.get_by_role("button", name="Redo").click()
        result.expect_counts(moved(model, 1, -1))
        result.saved()
        result.page.reload()
        result.wait().expect_counts(moved(model, 1, -1))
        result.page.get_by_role("button", name="Model", exact=True).click()
        result.expect_counts(model)


def moved(counts: dict[str, int], positive: int, negative: int) -> dict[str, int]:
    return {
        "immunopositive": counts["immunopositive"] + positive,
        "immunonegative": counts["immunonegative"] + negative,
        "total": counts["total"] + positive + negative,
    }


def test_somebody_elses_correction_is_told_not_overwritten(site: Site, own: Callable[[], str]) -> None:
    with site.visit(email=PAUL) as visit, site.person(PAUL) as elsewhere:
        result = Result(visit, own()).open()
        model = result.document()["counts"]
        edits = {"revision": 1, "added": [{"x": 5, "y": 5, "class": "immunonegative"}]}
        put_first(elsewhere, result.analysis_id, edits)
        visit.expected.add(412)
        result.tool("Positive")
        result.tap(8, 8)
        expect(result.page.get_by_text("Somebody else changed this record meanwhile")).to_be_visible()
        result.expect_counts(moved(model, 0, 1))


def put_first(person: httpx2.Client, analysis_id: str, edits: dict[str, Any]) -> None:
    path = f"/api/v1/analyses/{analysis_id}/corrections"
    person.put(path, json=edits, headers={"If-None-Match": "*"}).raise_for_status()


def test_who_is_to_judge_blind_sees_the_field_only(site: Site, own: Callable[[], str]) -> None:
    analysis_id = own()
    with site.person(PAUL) as paul:
        asked = {"email": "petra@example.org", "blind": True}
        paul.post(f"/api/v1/analyses/{analysis_id}/assignments", json=asked).raise_for_status()
    with site.visit(email="petra@example.org") as visit:
        page = Result(visit, analysis_id).open().page
        expect(page.get_by_role("heading", name="The result is hidden")).to_be_visible()
        expect(page.get_by_role("link", name="Go to reviews")).to_be_visible()
        assert page.locator(".score-index").count() == 0


def test_one_judges_first_where_one_chooses_to(site: Site, record: str) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, record).open()
        result.page.get_by_label("Judge before looking").click()
        expect(result.page.get_by_role("heading", name="The result is hidden")).to_be_visible()
        assert result.page.locator(".score-index").count() == 0
        result.page.reload()
        result.page.get_by_role("button", name="Show the result anyway").click()
        result.expect_counts(result.document()["counts"])


def test_the_keyboard_reaches_a_nucleus(site: Site, record: str) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, record).open()
        field = result.page.get_by_role("application")
        field.focus()
        card = result.page.locator(".nucleus-card")
        for _ in range(30):
            result.page.keyboard.press("Enter")
            if card.is_visible():
                break
            result.page.keyboard.press("ArrowRight")
        expect(card).to_be_visible()


def test_a_record_is_deleted_once_that_is_confirmed(site: Site, own: Callable[[], str]) -> None:
    with site.visit(email=PAUL) as visit:
        result = Result(visit, own()).open()
        result.page.get_by_role("button", name="Delete").click()
        result.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        result.page.wait_for_url("**/records")
        assert visit.context.request.get(f"/api/v1/analyses/{result.analysis_id}").status == 404
