"""/api/v1/organisations: whose they are, what their settings are, and that these take effect."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db
from gateway.models import Analysis, Organisation
from gateway.organisations.defaults import with_defaults
from gateway.organisations.schemas import OrganisationIn
from gateway.organisations.settings import change_organisation
from gateway.preconditions import PreconditionFailedProblem
from gateway.tenancy import Principal
from gateway.uploads import Submission
from tests.gateway.people import joined, organisation_id
from tests.gateway.stage import Person, Stage, body
from tests.handler.image_files import asymmetric_rgb, encode

ORGANISATIONS = "/api/v1/organisations"


def change(person: Person, path: str, **settings: Any) -> Any:
    """Change settings as they are now."""
    answer = person.patch(path, {"If-Match": person.get(path).headers["ETag"]}, json=settings)
    assert answer.status_code == 200, answer.text
    return body(answer)


@pytest.fixture
def clinic(down: Stage) -> str:
    return f"{ORGANISATIONS}/{organisation_id(down)}"


def test_one_sees_where_one_belongs_and_as_what(down: Stage) -> None:
    there = joined(down, "alice", "Elsewhere", "student")
    for person, current in ((down.alice, "Clinic"), (there, "Elsewhere")):
        items = body(person.get(ORGANISATIONS))["items"]
        assert [(item["name"], item["role"], item["current"]) for item in items] == [
            ("Clinic", "analyst", current == "Clinic"),
            ("Elsewhere", "student", current == "Elsewhere"),
        ]


def test_the_list_comes_in_pages(down: Stage) -> None:
    joined(down, "alice", "Elsewhere", "student")
    first = down.alice.get(f"{ORGANISATIONS}?limit=1")
    assert [item["name"] for item in body(first)["items"]] == ["Clinic"]
    second = body(down.alice.get(first.headers["Link"].partition(">")[0][1:]))
    assert [item["name"] for item in second["items"]] == ["Elsewhere"]
    assert second["next_cursor"] is None


def test_another_organisation_does_not_exist(down: Stage, clinic: str) -> None:
    there = joined(down, "ann", "Elsewhere", "administrator")
    for person in (down.charlie, there):
        assert person.get(clinic).status_code == 404
        assert person.patch(clinic, {"If-Match": "*"}, json={"name": "Ours"}).status_code == 404


def test_members_read_the_settings_and_administrators_change_them(down: Stage, clinic: str) -> None:
    assert body(down.alice.get(clinic))["retention_days"] is None
    refused = down.alice.patch(clinic, {"If-Match": "*"}, json={"retention_days": 30})
    assert refused.status_code == 403
    changed = change(down.ann, clinic, retention_days=30, category_boundaries_percent=[5, 30])
    assert body(down.alice.get(clinic)) == changed
    assert (changed["retention_days"], changed["category_boundaries_percent"]) == (30, [5, 30])
    assert change(down.ann, clinic, retention_days=None)["retention_days"] is None
    assert body(down.alice.get(clinic))["category_boundaries_percent"] == [5, 30]


def test_a_change_names_what_was_read(down: Stage, clinic: str) -> None:
    read = down.ann.get(clinic).headers["ETag"]
    missing = down.ann.patch(clinic, json={"default_mpp": 0.5})
    assert (missing.status_code, body(missing)["type"]) == (428, "/problems/precondition-required")
    change(down.ann, clinic, default_mpp=0.25)
    late = down.ann.patch(clinic, {"If-Match": read}, json={"default_mpp": 0.5})
    assert (late.status_code, body(late)["type"]) == (412, "/problems/precondition-failed")
    assert body(down.ann.get(clinic))["default_mpp"] == 0.25


def test_of_two_changes_at_once_one_fails(down: Stage, clinic: str) -> None:
    """The row changes between the check of the header and the change itself."""
    with down.app.app_context():
        stale = db.session.scalars(select(Organisation).where(Organisation.name == "Clinic")).one()
        db.session.expunge(stale)
        change(down.ann, clinic, retention_days=10)
        ann = Principal("0" * 32, stale.id, "administrator", frozenset())
        with pytest.raises(PreconditionFailedProblem):
            change_organisation(ann, stale, OrganisationIn.model_validate({"retention_days": 20}))
    assert body(down.ann.get(clinic))["retention_days"] == 10


@pytest.mark.parametrize(
    "settings",
    [
        {"name": " "},
        {"name": None},
        {"name": "a" * 201},
        {"name": "a\nb"},
        {"category_boundaries_percent": [20, 10]},
        {"category_boundaries_percent": [10]},
        {"category_boundaries_percent": [-1, 10]},
        {"default_mpp": 0},
        {"default_mpp": 6},
        {"retention_days": 0},
        {"retention_days": 1.5},
        {"retention": 30},
    ],
)
def test_what_cannot_be_set_is_refused(down: Stage, clinic: str, settings: dict[str, Any]) -> None:
    before = body(down.ann.get(clinic))
    answer = down.ann.patch(clinic, {"If-Match": "*"}, json=settings)
    assert answer.status_code == 422
    assert body(down.ann.get(clinic)) == before


def test_two_organisations_cannot_have_one_name(down: Stage, clinic: str) -> None:
    answer = down.ann.patch(clinic, {"If-Match": "*"}, json={"name": "Elsewhere"})
    assert (answer.status_code, body(answer)["type"]) == (409, "/problems/name-taken")
    assert body(down.ann.get(clinic))["name"] == "Clinic"


def completed(options: dict[str, str], **settings: Any) -> dict[str, str]:
    submission = Submission((), options, "1.0", 0)
    return dict(with_defaults(submission, Organisation(name="Clinic", **settings)).options)


def test_settings_stand_where_a_submission_says_nothing() -> None:
    settings: dict[str, Any] = {"category_boundaries_percent": [5, 30.5], "default_mpp": 0.5}
    assert completed({}) == {}
    assert completed({"probability": "0.4"}, **settings) == {
        "probability": "0.4",
        "category_boundaries_percent": "5,30.5",
        "default_mpp": "0.5",
    }


@pytest.mark.parametrize("name", ["mpp", "objective"])
def test_what_a_submission_says_wins(name: str) -> None:
    said = {"category_boundaries_percent": "10,20", name: "2.0"}
    assert completed(said, category_boundaries_percent=[5, 30], default_mpp=0.5) == said


def test_a_repeated_post_is_the_same_whatever_was_set_meanwhile(
    down: Stage, clinic: str, field: bytes
) -> None:
    key = {"Idempotency-Key": "once"}
    first = body(down.alice.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]["id"]
    change(down.ann, clinic, default_mpp=0.5)
    again = body(down.alice.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]["id"]
    other = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    assert again == first
    with down.app.app_context():
        options = [db.session.get_one(Analysis, each).options for each in (first, other)]
    assert options == [{}, {"default_mpp": "0.5"}]


def test_settings_reach_the_score_and_the_scale_stays_honest(live: Stage, field: bytes) -> None:
    dora = joined(live, "dora", "Laboratory", "administrator")
    path = f"{ORGANISATIONS}/{organisation_id(live, 'Laboratory')}"
    change(dora, path, category_boundaries_percent=[1, 2], default_mpp=0.5)
    with_scale = encode(asymmetric_rgb(), "PNG", dpi=(25_400 / 0.4,) * 2)
    answer = dora.upload([("unknown.png", field), ("known.png", with_scale)], wait="240")
    assert answer.status_code == 200, json.dumps(body(answer))
    unknown, known = (item["analysis"] for item in body(answer)["items"])
    assert unknown["thresholds"]["category_boundaries_percent"] == [1, 2]
    assert unknown["scale"] == {"mpp": 0.5, "source": "assumed"}
    assert "assumed_scale" in {warning["code"] for warning in unknown["warnings"]}
    assert known["scale"] == {"mpp": pytest.approx(0.4, rel=1e-3), "source": "file"}
