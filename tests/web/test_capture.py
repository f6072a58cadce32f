"""Choosing images and running them, on a phone and on a desktop."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page

from benchmark.images import jpeg
from tests.handler.image_files import encode
from tests.web.capturing import Capture, keys
from tests.web.fields import MPP, PASSED_ON_PX, PHONE_PX, Fields, write_fields
from tests.web.site import DESKTOP, PASSWORD, PHONE, Site, Visit
from training.phantoms import draw_phantom

pytestmark = pytest.mark.timeout(900)
PAUL = "paul@example.org"
STATES = "[data-state={}]"
UNTIL_SMALL = """async (img) => {
  while (img.naturalWidth !== 320) await new Promise((go) => setTimeout(go, 50));
}"""


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Fields:
    return write_fields(tmp_path_factory.mktemp("fields"))


@pytest.fixture
def small(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A small field with a name of its own."""
    path = tmp_path / f"{re.sub(r'[^a-z]+', '-', request.node.name)}.jpg"
    path.write_bytes(jpeg(draw_phantom(31, 256, 256, MPP).rgb))
    return path


def wait_for(page: Page, state: str) -> None:
    page.locator(STATES.format(state)).first.wait_for()


@pytest.mark.parametrize(
    ("device", "photo", "photo_px"),
    [
        pytest.param(PHONE, "passed_on", PASSED_ON_PX, id="phone"),
        pytest.param(PHONE, "phone", PHONE_PX, id="phone-whole", marks=pytest.mark.long),
        pytest.param(DESKTOP, "phone", PHONE_PX, id="desktop", marks=pytest.mark.long),
    ],
)
def test_two_images_are_run_and_show_what_the_interface_reports(
    site: Site, fields: Fields, device: dict[str, Any], photo: str, photo_px: tuple[int, int]
) -> None:
    taken: Path = getattr(fields, photo)
    with site.visit(device=device, email=PAUL) as visit:
        capture, page = Capture(visit), visit.page
        capture.choose(fields.field, taken)
        page.locator(".shot img").nth(1).wait_for()
        page.get_by_label("40×", exact=True).check()
        capture.run()
        page.get_by_role("link", name="Records").click()
        page.get_by_role("link", name=re.compile(r"Scoring: \d of 2 done")).click()
        for path, size in ((fields.field, None), (taken, photo_px)):
            shown = capture.wait_until_done(path.name).inner_text()
            record = capture.record(path.name)
            assert record["status"] == "succeeded"
            assert size in {None, (record["image"]["width_px"], record["image"]["height_px"])}
            assert record["counts"]["immunopositive"] > 20
            assert f"{record['counts']['immunopositive']:,} positive" in shown
            assert f"{record['counts']['immunonegative']:,} negative" in shown
            assert f"{record['index_percent']:.1f}%" in shown
            assert record["category"].capitalize() in shown
            assert record["scale"] == {"mpp": MPP, "source": "request"}


def test_only_a_touch_device_is_offered_its_camera_and_first(site: Site) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        inputs = visit.page.locator("input[type=file]")
        inputs.first.wait_for(state="attached")
        assert [inputs.nth(place).get_attribute("capture") for place in range(2)] == ["environment", None]
    with site.visit(device=DESKTOP, email=PAUL) as visit:
        visit.page.get_by_text("Choose images", exact=True).wait_for()
        assert visit.page.locator("input[capture]").count() == 0


def test_a_large_photo_is_shown_at_once_and_small_in_memory(site: Site, fields: Fields) -> None:
    with site.visit(email=PAUL) as visit:
        Capture(visit).choose(fields.phone)
        picture = visit.page.locator(".shot img")
        picture.wait_for(timeout=5_000)
        picture.evaluate(UNTIL_SMALL)
        assert str(picture.get_attribute("src")).startswith("blob:")


def test_a_broken_image_says_why_and_can_be_tried_again_beside_its_neighbour(
    site: Site, fields: Fields, small: Path
) -> None:
    with site.visit(email=PAUL) as visit:
        visit.expected.add(422)
        capture = Capture(visit)
        sent = capture.posts()
        capture.choose(fields.broken, small)
        capture.run()
        broken = capture.card("broken.jpg")
        broken.get_by_text("damaged or incomplete").wait_for()
        capture.wait_until_done(small.name)
        with visit.page.expect_response(lambda answer: answer.status == 422):
            broken.get_by_role("button", name="Try broken.jpg again").click()
        broken.get_by_text("damaged or incomplete").wait_for()
        assert len(sent) == 3
        assert (len(capture.records("broken.jpg")), len(capture.records(small.name))) == (0, 1)
        broken.get_by_role("button", name="Remove broken.jpg").click()
        assert visit.page.locator(".shot").count() == 1


def test_a_double_click_on_run_makes_one_record(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        capture = Capture(visit)
        sent = capture.posts()
        capture.choose(small)
        visit.page.get_by_role("button", name="Run 1 image").dblclick()
        capture.wait_until_done(small.name)
        assert len(sent) == 1
        assert len(capture.records(small.name)) == 1


def test_an_answer_lost_on_its_way_makes_no_second_record(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        visit.expected.add("net::ERR_")
        capture = Capture(visit)
        sent = capture.posts()
        lost = lose_the_first_answer(visit)
        capture.choose(small)
        capture.run()
        wait_for(visit.page, "held")
        capture.wait_until_done(small.name)
        assert lost[0]["responseStatusCode"] in {200, 202}
        assert len(sent) == 2
        assert len(keys(sent)) == 1
        assert len(capture.records(small.name)) == 1


def lose_the_first_answer(visit: Visit) -> list[dict[str, Any]]:
    """Let the next POST of an image reach the service, and break the connection over its answer."""
    devtools = visit.context.new_cdp_session(visit.page)
    lost: list[dict[str, Any]] = []

    def pass_on(event: dict[str, Any]) -> None:
        request = {"requestId": event["requestId"]}
        if lost:
            devtools.send("Fetch.continueRequest", request)
            return
        lost.append(event)
        devtools.send("Fetch.failRequest", request | {"errorReason": "ConnectionReset"})

    devtools.on("Fetch.requestPaused", pass_on)
    pattern = {"urlPattern": "*/api/v1/analyses?nuclei=false", "requestStage": "Response"}
    devtools.send("Fetch.enable", {"patterns": [pattern]})
    return lost


def test_a_connection_that_comes_back_is_used_by_itself(site: Site, small: Path) -> None:
    with site.visit(device=PHONE, email=PAUL) as visit:
        visit.expected.add("net::ERR_")
        capture = Capture(visit)
        sent = capture.posts()
        capture.choose(small)
        visit.context.set_offline(True)
        visit.page.get_by_text("Offline.").wait_for()
        capture.run()
        visit.page.get_by_text("No connection. Goes on by itself.").wait_for()
        visit.context.set_offline(False)
        capture.wait_until_done(small.name)
        assert visit.page.get_by_text("Offline.").count() == 0
        assert len(keys(sent)) == 1
        assert len(capture.records(small.name)) == 1


def test_what_is_busy_is_asked_again_when_it_said(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        visit.expected.add(503)
        capture = Capture(visit)
        sent = capture.posts()
        busy = {"status": 503, "headers": {"Retry-After": "4"}, "json": {"detail": "Busy."}}
        visit.page.route("**/api/v1/analyses?*", lambda route: route.fulfill(**busy), times=1)
        capture.choose(small)
        capture.run()
        visit.page.get_by_text("The service is busy. Goes on by itself.").wait_for()
        visit.page.wait_for_timeout(2_500)
        assert len(sent) == 1
        capture.wait_until_done(small.name)
        assert len(keys(sent)) == 1


def test_whoever_was_signed_out_signs_in_again_and_it_goes_on(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        capture = Capture(visit)
        capture.choose(small)
        visit.context.clear_cookies()
        capture.run()
        sign_in_here(visit.page, PAUL)
        capture.wait_until_done(small.name)
        assert len(capture.records(small.name)) == 1


def test_images_of_one_person_are_not_shown_to_the_next(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        capture = Capture(visit)
        capture.choose(small)
        visit.context.clear_cookies()
        capture.run()
        sign_in_here(visit.page, "petra@example.org")
        visit.page.get_by_text("No images yet").wait_for()
        assert capture.records(small.name) == []


def sign_in_here(page: Page, email: str) -> None:
    """Sign in where the page asks for it, without loading it anew."""
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_closing_the_tab_over_work_is_asked_about(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        asked: list[str] = []

        def note(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        visit.page.on("dialog", note)
        visit.page.route("**/api/v1/analyses?*", lambda _route: None)
        Capture(visit).choose(small)
        Capture(visit).run()
        wait_for(visit.page, "uploading")
        with visit.page.expect_event("close"):
            visit.page.close(run_before_unload=True)
        assert asked == ["beforeunload"]


def test_what_cannot_be_scored_is_refused_before_it_is_sent(site: Site, tmp_path: Path, small: Path) -> None:
    wrong, empty = tmp_path / "notes.txt", tmp_path / "empty.jpg"
    wrong.write_text("no image")
    empty.touch()
    with site.visit(email=PAUL) as visit:
        capture = Capture(visit)
        capture.choose(wrong, empty, small)
        alert = visit.page.get_by_role("alert")
        alert.get_by_text("2 files were not added").wait_for()
        assert "notes.txt: Not a JPEG, PNG, TIFF or WebP image." in alert.inner_text()
        assert "empty.jpg: The file is empty." in alert.inner_text()
        assert visit.page.locator(".shot").count() == 1


GIVE = """async ([event, target, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], `${event}.jpg`, {type: "image/jpeg"}));
  const init = {bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer};
  const Kind = event === "paste" ? ClipboardEvent : DragEvent;
  document.querySelector(target).dispatchEvent(new Kind(event, init));
}"""


def test_images_are_dropped_and_pasted(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        visit.page.get_by_text("No images yet").wait_for()
        for event in ("drop", "paste"):
            visit.page.evaluate(GIVE, [event, "main", list(small.read_bytes())])
            Capture(visit).card(f"{event}.jpg").locator("img").wait_for()


def test_a_tiff_is_taken_without_a_picture_of_it(site: Site, tmp_path: Path) -> None:
    tiff = tmp_path / "taken.tiff"
    tiff.write_bytes(encode(draw_phantom(33, 256, 256, MPP).rgb, "TIFF"))
    with site.visit(email=PAUL) as visit:
        capture = Capture(visit)
        capture.choose(tiff)
        assert capture.card("taken.tiff").locator("img").count() == 0
        capture.run()
        capture.wait_until_done("taken.tiff")


def test_the_scale_is_chosen_once_for_the_session(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        capture, page = Capture(visit), visit.page
        page.get_by_text("the usual one is assumed").wait_for()
        page.get_by_label("µm / pixel").check()
        capture.choose(small)
        page.get_by_label("Microns per pixel").fill("12")
        assert page.get_by_role("button", name="Run 1 image").is_disabled()
        page.get_by_text("Give a number between 0.05 and 5.").wait_for()
        page.get_by_label("Microns per pixel").fill("0,5")
        page.reload()
        page.get_by_text("0.5 µm per pixel").wait_for()
        assert page.get_by_text("the usual one is assumed").count() == 0
        capture.choose(small)
        capture.run()
        capture.wait_until_done(small.name)
        assert capture.record(small.name)["scale"] == {"mpp": 0.5, "source": "request"}


def test_an_assumed_scale_is_warned_of_and_labels_go_with_the_image(site: Site, small: Path) -> None:
    with site.visit(email=PAUL) as visit:
        capture, page = Capture(visit), visit.page
        page.get_by_text("Case, tags and model version").click()
        page.get_by_label("Case label").fill("S26-0417")
        page.get_by_label("Tags").fill("breast, teaching")
        page.get_by_label("Model version").select_option("1.0")
        capture.choose(small)
        capture.run()
        shown = capture.wait_until_done(small.name)
        record = capture.record(small.name)
        assert (record["case_label"], record["tags"]) == ("S26-0417", ["breast", "teaching"])
        assert (record["model"]["version"], record["scale"]["source"]) == ("1.0", "assumed")
        assert f"{len(record['warnings'])} warning" in shown.inner_text()
        shown.get_by_text("warning").first.click()
        assert record["warnings"][0]["detail"] in shown.inner_text()
