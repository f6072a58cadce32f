"""Logs say what happened and never whose image it was or which key was used."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import text

from gateway.database import db
from tests.gateway.stage import ANALYSES, Stage
from tests.gateway.test_server import ROOT, answer_on, head, said, served


def test_requests_are_logged_without_names_keys_or_queries(
    on_sqlite: Stage, field: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    on_sqlite.alice.upload([("Mrs Example 1950-01-01.png", field), ("Mr Broken.jpg", b"x")], wait="2")
    on_sqlite.alice.get(f"{ANALYSES}?cursor=secretquery")
    on_sqlite.app.test_client().get(ANALYSES, headers={"Authorization": "Bearer wrongkey123"})
    written = "".join(capfd.readouterr())
    for secret in ("Example", "Broken", "secretquery", "wrongkey123", on_sqlite.alice.key):
        assert secret not in written
    lines = [json.loads(line) for line in written.splitlines()]
    answered = [line for line in lines if line["event"] == "answered"]
    assert [(line["method"], line["route"], line["status"]) for line in answered] == [
        ("POST", ANALYSES, 202),
        ("GET", ANALYSES, 422),
        ("GET", ANALYSES, 401),
    ]
    assert all(line["request_id"] and line["milliseconds"] >= 0 for line in answered)


def test_a_failing_database_is_logged_without_values(
    on_sqlite: Stage, field: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with on_sqlite.app.app_context():
        db.session.execute(text("ALTER TABLE analyses RENAME TO elsewhere"))
        db.session.commit()
    assert on_sqlite.alice.upload([("Mrs Example.png", field)], wait="0").status_code == 503
    assert "Example" not in "".join(capfd.readouterr())


REFUSED = (
    b"GET /x?q=Erika Mustermann HTTP/1.1\r\nHost: x\r\n\r\n",
    b"Erika\x00 / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nErika Mustermann: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Erika\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nErika\r\n",
    b"Erika",
)


def test_what_gunicorn_itself_refuses_is_not_logged(
    on_sqlite: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(on_sqlite, GATEWAY_CLIENT_STALL_SECONDS="1.5") as address:
        for sent in REFUSED:
            with said(address, sent) as connection:
                answer_on(connection)
    written = "".join(capfd.readouterr())
    assert "A request failed in gunicorn: BlockingIOError" in written
    assert "Erika" not in written
    assert "Mustermann" not in written


def test_a_malformed_body_is_the_clients_and_not_logged(
    on_sqlite: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    malformed = (b"Erika\r\n", b"5\r\nErika Mustermann\r\n0\r\n\r\n", b"0\r\nErika\n\r\n\r\n")
    with served(on_sqlite) as address:
        for chunks in malformed:
            with said(address, head(on_sqlite, "Transfer-Encoding: chunked") + chunks) as connection:
                answer = answer_on(connection)
            assert answer.startswith(b"HTTP/1.1 400 "), answer
            assert b"/problems/malformed-body" in answer
    written = "".join(capfd.readouterr())
    assert written.count('"answered"') == 3
    assert "Erika" not in written


def test_an_unexpected_failure_is_logged_by_type_and_place_alone(
    on_sqlite: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        try:
            raise KeyError("Erika")
        except KeyError as error:
            raise ExceptionGroup("Mustermann", [ValueError("Erika")]) from error

    on_sqlite.app.view_functions["health.alive"] = broken
    assert on_sqlite.app.test_client().get("/healthz").status_code == 500
    written = "".join(capfd.readouterr())
    assert "Erika" not in written
    assert "Mustermann" not in written
    (logged,) = (line for line in map(json.loads, written.splitlines()) if "exception" in line)
    assert [each["exc_type"] for each in logged["exception"]] == ["ExceptionGroup", "KeyError"]
    assert logged["exception"][0]["frames"][-1]["name"] == "broken"


def test_a_librarys_failure_is_logged_by_type_and_place_alone() -> None:
    program = (
        "import logging; from gateway import logs, settings;"
        "logs.configure(settings.Settings(secret='x' * 40));"
        "log = logging.getLogger('huey')\n"
        "try: raise ValueError('Erika')\n"
        "except ValueError: log.exception('Unhandled')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "ERROR huey: Unhandled" in done.stderr
    assert "ValueError" in done.stderr
    assert "Erika" not in done.stderr
