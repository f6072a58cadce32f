"""Logs say what happened and never whose image it was or which key was used."""

import json

import pytest
from sqlalchemy import text

from gateway.database import db
from tests.gateway.stage import ANALYSES, Stage


def test_requests_are_logged_without_names_keys_or_queries(
    down: Stage, field: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    down.alice.upload([("Mrs Example 1950-01-01.png", field), ("Mr Broken.jpg", b"x")], wait="10")
    down.alice.get(f"{ANALYSES}?cursor=secretquery")
    down.app.test_client().get(ANALYSES, headers={"Authorization": "Bearer wrongkey123"})
    written = "".join(capfd.readouterr())
    for secret in ("Example", "Broken", "secretquery", "wrongkey123", down.alice.key):
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
    down: Stage, field: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with down.app.app_context():
        db.session.execute(text("DROP TABLE results"))
        db.session.execute(text("DROP TABLE analyses"))
        db.session.commit()
    assert down.alice.upload([("Mrs Example.png", field)], wait="0").status_code == 503
    assert "Example" not in "".join(capfd.readouterr())
