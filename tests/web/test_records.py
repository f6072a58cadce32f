"""Records: found by search and filters, labelled, compared, exported, deleted; on phone and desktop."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.handler.image_files import encode
from tests.web.site import DESKTOP, PHONE, Site, Visit
from training.phantoms import draw_phantom

PAUL = "paul@example.org"
MPP, TINY_PX, PAGE = 0.25, 96, 24
SERIES = "serial"


@dataclass(frozen=True)
class Shelf:
    """Records of Paul's: two real ones to look at, and many tiny ones."""

    first: dict[str, Any]
    second: dict[str, Any]
    tiny: list[str]


@pytest.fixture(scope="module")
def shelf(site: Site) -> Shelf:
    with site.person(PAUL) as paul:
        tiny = [(f"{SERIES}-{seed}.png", seed, TINY_PX) for seed in range(PAGE + 2)]
        (first,) = _scored(paul, [("liver-edge.png", 51, 600)], "breast, edge")
        (second,) = _scored(paul, [("liver-core.png", 52, 500)], "breast")
        return Shelf(first, second, [each["id"] for each in _scored(paul, tiny, "tiny")])


def _scored(person: Any, fields: list[tuple[str, int, int]], tags: str) -> list[dict[str, Any]]:
    images = [
        ("images", (name, encode(draw_phantom(seed, size, size, MPP).rgb, "PNG")))
        for name, seed, size in fields
    ]
    data = {"mpp": str(MPP), "wait": "240", "tags": tags, "case_label": "S26-1"}
    answer = person.post("/api/v1/analyses", files=images, data=data).raise_for_status().json()
    return [item["analysis"] for item in answer["items"]]


def _names(visit: Visit) -> list[str]:
    return visit.page.locator(".record-name").all_inner_texts()


def _search(visit: Visit, text: str) -> None:
    visit.page.get_by_role("searchbox", name="Search records").fill(text)
    visit.page.wait_for_url(f"**/records?text={text}")


def _loaded(visit: Visit, amount: int) -> None:
    visit.page.get_by_text(f"{amount} records shown", exact=True).wait_for(state="attached")


def test_search_and_filters_find_on_a_phone_and_stay_in_the_address(site: Site, shelf: Shelf) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        page = visit.page
        page.goto("/records")
        _search(visit, "liver")
        _loaded(visit, 2)
        assert set(_names(visit)) == {"liver-edge.png", "liver-core.png"}
        page.get_by_role("button", name="Filters").click()
        page.get_by_label("Tags (all of them)").fill("edge")
        page.get_by_label("Tags (all of them)").press("Enter")
        _loaded(visit, 1)
        page.reload()
        _loaded(visit, 1)
        assert _names(visit) == ["liver-edge.png"]
        assert page.get_by_label("Tags (all of them)").input_value() == "edge"
        page.get_by_label("To day").fill("2020-01-01")
        page.get_by_text("No record matches").wait_for()
        page.get_by_role("button", name="Clear search and filters").click()
        _search(visit, "liver-edge")
        _loaded(visit, 1)
        assert f"{shelf.first['index_percent']:.1f}%" in page.locator(".record-card").inner_text()


def test_categories_filter_as_the_interface_does(site: Site, shelf: Shelf) -> None:
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        category = shelf.first["category"]
        visit.page.goto("/records?text=liver")
        _loaded(visit, 2)
        visit.page.get_by_role("button", name=category.capitalize(), exact=True).click()
        visit.page.wait_for_url(f"**/records?text=liver&category={category}")
        same = [each["filename"] for each in (shelf.second, shelf.first) if each["category"] == category]
        _loaded(visit, len(same))
        assert _names(visit) == same


def test_more_records_come_when_asked_for(site: Site, shelf: Shelf) -> None:
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        visit.page.goto(f"/records?text={SERIES}")
        visit.page.get_by_role("button", name="More", exact=True).click()
        _loaded(visit, PAGE + 2)
        assert len(set(_names(visit))) == PAGE + 2


def test_labels_are_changed_on_a_phone(site: Site, shelf: Shelf) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        page = visit.page
        page.goto("/records?text=liver-core")
        page.get_by_role("button", name="Labels of liver-core.png").click()
        page.get_by_label("Case label").last.fill("S26-0417")
        page.get_by_role("button", name="Remove breast").click()
        page.get_by_label("Add tags").fill("core, second look")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("second look", exact=True).wait_for()
        found = visit.fetch(f"/api/v1/analyses/{shelf.second['id']}")
        assert (found["case_label"], found["tags"]) == ("S26-0417", ["core", "second look"])


def test_two_are_compared_side_by_side(site: Site, shelf: Shelf) -> None:
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        page = visit.page
        page.goto("/records?text=liver")
        for name in ("liver-edge.png", "liver-core.png"):
            page.get_by_role("checkbox", name=f"Choose {name}").check()
        page.get_by_role("link", name="Compare").click()
        page.locator(".field-place[data-state=shown]").nth(1).wait_for()
        first, second = shelf.first, shelf.second
        cells = page.get_by_role("row", name="Index").get_by_role("cell").all_inner_texts()
        difference = round(second["index_percent"] - first["index_percent"], 1)
        assert cells[:2] == [f"{each['index_percent']:.1f}%" for each in (first, second)]
        assert float(cells[2].removesuffix(" points").replace("\N{MINUS SIGN}", "-")) == pytest.approx(
            difference, abs=0.11
        )
        total = page.get_by_role("row", name="All nuclei").get_by_role("cell").all_inner_texts()
        assert total[:2] == [str(each["counts"]["total"]) for each in (first, second)]
        page.get_by_role("button", name="Swap").click()
        page.wait_for_url(f"**/compare?a={second['id']}&b={first['id']}")


def _downloaded(visit: Visit, link: str) -> Path:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name=link).click()
    return waiting.value.path()


def _text(visit: Visit, link: str) -> io.StringIO:
    return io.StringIO(_downloaded(visit, link).read_text())


def _archive(visit: Visit, link: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_downloaded(visit, link).read_bytes()))


def test_one_record_is_exported_in_every_form(site: Site, shelf: Shelf) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        visit.page.goto(f"/records/{shelf.first['id']}")
        visit.page.get_by_role("button", name="Export").click()
        total = shelf.first["counts"]["total"]
        assert len(json.loads(_downloaded(visit, "GeoJSON").read_bytes())["features"]) == total
        assert len(list(csv.DictReader(_text(visit, "CSV table")))) == total
        assert len(_archive(visit, "ImageJ ROIs").namelist()) == total
        assert _downloaded(visit, "OME-TIFF").read_bytes()[:2] in {b"II", b"MM"}
        for name in ("Picture", "Heat map"):
            assert _downloaded(visit, name).read_bytes().startswith(b"\x89PNG")


def test_all_that_match_are_exported_at_once(site: Site, shelf: Shelf) -> None:
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        visit.page.goto("/records?text=liver")
        visit.page.get_by_role("button", name="Export").click()
        visit.page.get_by_role("checkbox", name="ImageJ ROIs").check()
        visit.page.get_by_role("checkbox", name="CSV table").uncheck()
        archive = _archive(visit, "ZIP")
        ids = [shelf.second["id"], shelf.first["id"]]
        parts = [f"{each}/nuclei{ending}" for each in ids for ending in (".geojson", "-rois.zip")]
        assert sorted(archive.namelist()) == sorted(["records.csv", *parts])
        rows = csv.reader(_text(visit, "Table (CSV)"))
        assert [row[0] for row in rows][1:] == ids


def test_several_are_deleted_after_a_question(site: Site, shelf: Shelf) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        page = visit.page
        doomed, numbers = shelf.tiny[-2:], (PAGE, PAGE + 1)
        page.goto(f"/records?text={SERIES}")
        for number in numbers:
            page.get_by_role("checkbox", name=f"Choose {SERIES}-{number}.png").check()
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        assert all(visit.context.request.get(f"/api/v1/analyses/{each}").ok for each in doomed)
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.get_by_text("2 records deleted").wait_for()
        assert not {f"{SERIES}-{number}.png" for number in numbers} & set(_names(visit))
        assert [visit.context.request.get(f"/api/v1/analyses/{each}").status for each in doomed] == [404, 404]
