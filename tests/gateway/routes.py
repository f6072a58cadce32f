"""Routes for the tests: an operator and what they put."""

from typing import Any

from werkzeug.test import TestResponse

from gateway.database import db
from gateway.models import Comparison
from gateway.routing.operator_keys import create_operator_key
from tests.gateway.stage import SECRET, Person, Stage, body

MODELS = "/api/v1/models"
ROUTES = f"{MODELS}/routes"


def operator_key(stage: Stage) -> str:
    with stage.app.app_context():
        _, key = create_operator_key(SECRET, "tests")
        db.session.commit()
        return key


def operator(stage: Stage) -> Person:
    return Person(stage.app.test_client(), operator_key(stage))


def routes(default: str = "1.1", known: tuple[str, ...] = ("1.1", "1.0"), **more: Any) -> dict[str, Any]:
    """Return what an operator puts."""
    versions = [{"version": version} for version in known]
    return {"default": default, "canary": None, "shadow": None, "versions": versions} | more


def put(person: Person, document: dict[str, Any]) -> TestResponse:
    """Put routes onto those there are."""
    etag = person.get(ROUTES).headers["ETag"]
    return person.put(ROUTES, {"If-Match": etag}, json=document)


def set_routes(stage: Stage, **more: Any) -> dict[str, Any]:
    answer = put(operator(stage), routes(**more))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = body(answer)
    return document


def percent(version: str, share: float) -> dict[str, Any]:
    return {"version": version, "percent": share}


def listed(person: Person) -> dict[str, Any]:
    """Return the versions by their names."""
    return {item["version"]: item for item in body(person.get(MODELS))["items"]}


def comparisons(stage: Stage) -> list[Comparison]:
    """Return what has been compared, once nothing waits for it."""
    stage.services.comparisons.finish()
    with stage.app.app_context():
        return list(db.session.scalars(db.select(Comparison).order_by(Comparison.at)))
