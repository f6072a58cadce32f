"""The web client's page and files: where they are served, how long they are kept, under which policy."""

import gzip
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from gateway.views.web import BUILT, PAGES
from tests.gateway.stage import Stage, body
from tests.imports import ROOT

NOT_BUILT = "`make web` builds it; `make test` does that first"
pytestmark = pytest.mark.skipif(not BUILT.joinpath("index.html").is_file(), reason=NOT_BUILT)


def get(stage: Stage, path: str, **headers: str) -> TestResponse:
    """Ask for a file, and close it once it is read."""
    return stage.app.test_client().get(path, headers=headers, buffered=True)


@pytest.mark.parametrize("path", [*(page.replace("<_part>", "some-id") for page in PAGES), "/index.html"])
def test_every_page_of_the_client_is_answered_with_it(on_sqlite: Stage, path: str) -> None:
    answer = get(on_sqlite, path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_gateway_knows_the_pages_that_the_client_has() -> None:
    app = ROOT.joinpath("gateway/web/src/app.tsx").read_text()
    named = set(re.findall(r'(?:path=|\[)"(/[^"]*)"', app))
    known = {re.sub(r"/<_part>$", "/:part", page) for page in PAGES}
    assert {re.sub(r"/:\w+\??$", "/:part", path) for path in named} <= known


def test_the_page_holds_no_script_of_its_own(on_sqlite: Stage) -> None:
    """And its policy would not run one."""
    page = get(on_sqlite, "/")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert page.text.count("<script") == len(re.findall(r'<script [^>]*src="/', page.text)) > 0
    assert not re.search(r"\son\w+=|style=|https?://", page.text)


def test_files_named_by_their_content_are_kept_for_a_year(on_sqlite: Stage) -> None:
    name = next(BUILT.glob("assets/first-page-*.js")).name
    answer = get(on_sqlite, f"/assets/{name}")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.mimetype == "text/javascript"


def test_texts_travel_packed_to_browsers_that_unpack(on_sqlite: Stage) -> None:
    packed = get(on_sqlite, "/sw.js", **{"Accept-Encoding": "gzip, br"})
    plain = get(on_sqlite, "/sw.js")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("path", ["/sw.js.gz", "/assets/missing.js", "/assets/..%2findex.html", "/nowhere"])
def test_nothing_else_is_served(on_sqlite: Stage, path: str) -> None:
    answer = get(on_sqlite, path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_gateway_without_the_client_says_how_to_build_it(
    on_sqlite: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("gateway.views.web.BUILT", tmp_path)
    answer = get(on_sqlite, "/")
    assert (answer.status_code, body(answer)["type"]) == (503, "/problems/web-client-not-built")
    assert "make web" in body(answer)["detail"]
