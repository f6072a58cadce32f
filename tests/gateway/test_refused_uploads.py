"""Uploads that are refused: the cause is named, whether or not TorchServe runs, and nothing is kept."""

from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from gateway.settings import Settings
from gateway.uploads import clean_filename, read_submission
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png
from tests.handler.image_files import png_header

BROKEN = {
    "empty": (b"", 422, "empty-image"),
    "text": (b"I am a text, named .jpg", 415, "unsupported-image"),
    "bomb": (png_header(100_000, 100_000), 413, "image-too-large"),
    "truncated": (phantom_png()[:2000], 422, "unreadable-image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported-image"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_lone_broken_image_is_the_answers_own_problem(down: Stage, name: str) -> None:
    data, status, code = BROKEN[name]
    answer = down.alice.upload([("patient.jpg", data)])
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = body(answer)
    assert problem["type"] == f"/problems/{code}"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert body(down.alice.get(ANALYSES))["items"] == []
    assert not list((down.services.settings.objects_folder).rglob("image-*"))


def test_a_body_that_is_no_form_is_refused(down: Stage) -> None:
    answer = down.alice.post(ANALYSES, json={"images": []})
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_a_form_without_images_is_refused(down: Stage) -> None:
    answer = down.alice.post(ANALYSES, data={"mpp": "0.5"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"] == "#/images"


def test_more_images_than_the_limit_are_refused(down: Stage) -> None:
    images = [(f"{index}.png", b"x") for index in range(down.services.settings.images_limit + 1)]
    answer = down.alice.upload(images)
    assert answer.status_code == 413
    assert str(down.services.settings.images_limit) in body(answer)["detail"]


def test_a_request_larger_than_the_limit_is_refused(down: Stage) -> None:
    down.app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = down.alice.upload([("a.png", phantom_png())])
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\field.jpg", "field.jpg"),
        ("a\x00\n\u202eb.png", "ab.png"),
        ("x" * 10_000 + ".png", "x" * 251 + ".png"),
        ("", "image"),
    ],
)
def test_filenames_lose_what_could_do_harm(sent: str, kept: str) -> None:
    class Upload:
        filename = sent

    assert clean_filename(Upload()) == kept  # type: ignore[arg-type]


def test_options_are_kept_as_plain_numbers(down: Stage) -> None:
    """What Python takes for a number is not always fit for a header."""
    form = {
        "mpp": "+.50",
        "min_area_um2": "\u00a08\u3000",
        "category_boundaries_percent": "10,\r\n\u00a020",
        "probability": "\u00a0",
        "patient": "a name",
    }
    settings: Settings = down.services.settings
    assert read_submission(form, [FileStorage()], None, None, settings).options == {
        "mpp": "0.5",
        "min_area_um2": "8.0",
        "category_boundaries_percent": "10.0,20.0",
    }
