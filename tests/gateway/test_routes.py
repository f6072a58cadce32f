"""/api/v1/models/routes: seeded once, replaced by operators alone, followed by every process."""

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway import create_app
from gateway.database import db, now
from gateway.models import AuditEvent, ModelRoutes, OperatorKey
from gateway.settings import Settings
from tests.gateway.routes import (
    MODELS,
    ROUTES,
    listed,
    operator,
    operator_key,
    percent,
    put,
    routes,
    set_routes,
)
from tests.gateway.stage import Person, Stage, body, phantom_png, set_stage, stage_settings


def version_of(answer: Any) -> dict[str, Any]:
    model: dict[str, Any] = body(answer)["items"][0]["analysis"]["model"]
    return model


def sent(stage: Stage, image: bytes, **form: str) -> dict[str, Any]:
    """Send an image that nobody scores and return the version it was given."""
    return version_of(stage.alice.upload([("a.png", image)], None, wait="0", **form))


def test_the_first_start_takes_the_settings_version(tmp_path: Path, migrated: Path, field: bytes) -> None:
    settings = stage_settings(tmp_path, model_version="1.0", known_versions="1.1,1.0")
    stage = set_stage(settings, migrated)
    assert sent(stage, field)["version"] == "1.0"
    document = body(operator(stage).get(ROUTES))
    assert (document["default"], document["previous"], document["canary"]) == ("1.0", None, None)
    assert [each["version"] for each in document["versions"]] == ["1.0", "1.1"]
    later = create_app(settings.model_copy(update={"model_version": "7.7"}))
    with later.app_context():
        assert later.extensions["ki67"].routes.current().default == "1.0"
        db.engine.dispose()
    stage.close()


def test_two_first_starts_are_one(down: Stage) -> None:
    with down.app.app_context():
        boards = [create_board(down.services.settings) for _ in range(2)]
        assert {board.current().revision for board in boards} == {1}
        assert len(db.session.scalars(select(ModelRoutes.id)).all()) == 1


def create_board(settings: Settings) -> Any:
    return create_app(settings).extensions["ki67"].routes


def test_routes_are_replaced_and_the_old_default_is_kept_for_a_rollback(down: Stage) -> None:
    promoted = set_routes(down, default="1.0", known=("1.1", "1.0"))
    assert (promoted["default"], promoted["previous"]) == ("1.0", "1.1")
    back = set_routes(down, default="1.1")
    assert (back["default"], back["previous"]) == ("1.1", "1.0")
    alone = set_routes(down, default="1.1", known=("1.1",))
    assert alone["previous"] is None


def test_what_was_read_can_be_put(down: Stage) -> None:
    somebody = operator(down)
    set_routes(down, canary=percent("1.0", 12.5))
    document = body(somebody.get(ROUTES))
    assert document["canary"] == percent("1.0", 12.5)
    assert body(put(somebody, document)) == document


def test_an_operator_changes_only_what_they_have_read(down: Stage) -> None:
    somebody = operator(down)
    seen = somebody.get(ROUTES).headers["ETag"]
    assert somebody.put(ROUTES, json=routes()).status_code == 428
    first = somebody.put(ROUTES, {"If-Match": seen}, json=routes(canary=percent("1.0", 10)))
    assert (first.status_code, first.headers["ETag"] != seen) == (200, True)
    second = somebody.put(ROUTES, {"If-Match": seen}, json=routes())
    assert (second.status_code, second.content_type) == (412, "application/problem+json")
    assert body(somebody.get(ROUTES))["canary"] == percent("1.0", 10)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"default": "9.9"}, "#/default"),
        ({"canary": percent("9.9", 10)}, "#/canary/version"),
        ({"shadow": percent("1.1", 10)}, "#/shadow/version"),
        ({"canary": percent("1.0", 100.5)}, "#/canary/percent"),
        ({"versions": []}, "#/versions"),
        ({"versions": [{"version": "1.1"}, {"version": "1.1"}]}, "#/versions"),
        ({"versions": [{"version": "../1.1"}]}, "#/versions/0/version"),
    ],
)
def test_routes_that_cannot_be_are_refused_with_the_place(
    down: Stage, change: dict[str, Any], pointer: str
) -> None:
    answer = put(operator(down), routes() | change)
    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in body(answer)["errors"]}
    assert body(operator(down).get(ROUTES))["default"] == "1.1"


def test_a_route_left_out_is_no_route_taken_away(down: Stage) -> None:
    document = routes()
    del document["canary"]
    assert put(operator(down), document).status_code == 422


def test_shares_are_followed_and_the_same_image_stays_where_it_was(down: Stage) -> None:
    images = [phantom_png(seed, 40, 40) for seed in range(30)]

    def versions() -> list[str]:
        items = body(down.alice.upload([("a.png", image) for image in images], wait="0"))["items"]
        return [item["analysis"]["model"]["version"] for item in items]

    set_routes(down, canary=percent("1.0", 20))
    few = versions()
    set_routes(down, canary=percent("1.0", 60))
    more = versions()
    assert versions() == more
    assert 0 < few.count("1.0") < more.count("1.0") < 30
    assert all(later == "1.0" for earlier, later in zip(few, more, strict=True) if earlier == "1.0")


def test_a_record_says_who_chose_its_version(down: Stage, field: bytes) -> None:
    set_routes(down, canary=percent("1.0", 100))
    assert (sent(down, field)["version"], sent(down, field)["chosen_by"]) == ("1.0", "canary")
    named = sent(down, field, model_version="1.1")
    assert (named["version"], named["chosen_by"], named["instead_of"]) == ("1.1", "request", None)
    set_routes(down)
    assert sent(down, field)["chosen_by"] == "default"


def test_a_version_that_is_not_known_is_refused(down: Stage, field: bytes) -> None:
    set_routes(down)
    answer = down.alice.upload([("a.png", field)], model_version="9.9")
    assert answer.status_code == 422
    assert "1.1, 1.0" in body(answer)["detail"]


def test_another_process_follows_within_two_seconds(down: Stage, field: bytes) -> None:
    """A rollback is one, whoever else serves."""
    assert sent(down, field)["version"] == "1.1"
    elsewhere = Stage(create_app(down.services.settings), down.people)
    set_routes(elsewhere, default="1.0")
    deadline = time.monotonic() + 2
    while sent(down, field)["version"] != "1.0":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    elsewhere.close()


def test_a_retried_post_is_the_same_whatever_the_routes_are_now(down: Stage, field: bytes) -> None:
    key = {"Idempotency-Key": "once"}
    first = body(down.alice.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]
    set_routes(down, default="1.0")
    again = body(down.alice.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]
    assert (again["id"], again["model"]["version"]) == (first["id"], "1.1")


def test_versions_are_listed_with_their_shares(down: Stage) -> None:
    set_routes(down, canary=percent("1.0", 12.5), shadow=percent("1.2", 5), known=("1.1", "1.0", "1.2"))
    found = listed(down.alice)
    shares = {name: (each["share_percent"], each["shadow_percent"]) for name, each in found.items()}
    assert shares == {"1.1": (87.5, 0), "1.0": (12.5, 0), "1.2": (0, 5)}
    assert [name for name, each in found.items() if each["is_default"]] == ["1.1"]
    assert {each["status"] for each in found.values()} == {"unavailable"}
    assert {each["disagreement"] for each in found.values()} == {None}


def test_every_change_is_in_the_trail_with_what_was_before(down: Stage) -> None:
    set_routes(down, canary=percent("1.0", 10))
    with down.app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "models.routed")).one()
        assert (event.actor_kind, event.organisation_id) == ("operator", None)
        assert (event.details["before"]["canary"], event.details["after"]["canary"]["version"]) == (
            None,
            "1.0",
        )


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_an_operators_key_can_end(down: Stage, column: str) -> None:
    somebody = operator(down)
    assert somebody.get(MODELS).status_code == 200
    with down.app.app_context():
        db.session.execute(update(OperatorKey).values({column: now()}))
        db.session.commit()
    assert somebody.get(MODELS).status_code == 401


def test_a_wrong_operators_key_is_nobodys(down: Stage) -> None:
    key = operator_key(down)
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), f"ki67op_000000000000_{'x' * 43}", "ki67op_"):
        assert Person(down.app.test_client(), wrong).get(MODELS).status_code == 401
