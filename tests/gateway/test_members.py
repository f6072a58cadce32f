"""/api/v1/members: who belongs, who may change it, and that an organisation keeps an administrator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from gateway.database import db, now
from gateway.models import Analysis, ApiKey, Assignment, BrowserSession, Membership, User
from tests.gateway.people import joined, organisation_id, user_id
from tests.gateway.stage import ANALYSES, Stage, body

MEMBERS = "/api/v1/members"


def roles(stage: Stage) -> dict[str, str]:
    return {item["email"]: item["role"] for item in body(stage.ann.get(MEMBERS))["items"]}


def member(stage: Stage, name: str) -> str:
    return f"{MEMBERS}/{user_id(stage, name)}"


def test_colleagues_are_listed_and_nobody_else(down: Stage) -> None:
    items = body(down.alice.get(MEMBERS))["items"]
    assert [item["name"] for item in items] == ["alice", "bob", "ann"]
    assert items[0]["email"] == "alice@example.org"


def test_the_list_comes_in_pages(down: Stage) -> None:
    seen, path = [], f"{MEMBERS}?limit=2"
    while path:
        answer = down.alice.get(path)
        seen += [item["name"] for item in body(answer)["items"]]
        path = answer.headers.get("Link", "").partition(">")[0][1:]
    assert seen == ["alice", "bob", "ann"]


def test_a_student_sees_no_members(down: Stage) -> None:
    assert joined(down, "sam", "Clinic", "student").get(MEMBERS).status_code == 403


def test_an_administrator_gives_roles_that_count_at_once(down: Stage) -> None:
    assert down.bob.get("/api/v1/audit-events").status_code == 403
    answer = down.ann.patch(member(down, "bob"), json={"role": "administrator"})
    assert (answer.status_code, body(answer)["role"]) == (200, "administrator")
    assert down.bob.get("/api/v1/audit-events").status_code == 200
    down.ann.patch(member(down, "bob"), json={"role": "student"})
    assert down.bob.get(MEMBERS).status_code == 403


def test_nobody_else_gives_roles(down: Stage) -> None:
    path = member(down, "bob")
    assert down.alice.patch(path, json={"role": "administrator"}).status_code == 403
    assert down.charlie.patch(path, json={"role": "administrator"}).status_code == 404
    assert down.ann.patch(path, json={"role": "owner"}).status_code == 422
    assert roles(down)["bob@example.org"] == "analyst"


def test_one_may_leave_and_not_send_others_away(down: Stage) -> None:
    assert down.alice.delete(member(down, "bob")).status_code == 403
    assert down.charlie.delete(member(down, "bob")).status_code == 404
    assert down.alice.delete(member(down, "alice")).status_code == 204
    assert down.alice.get(ANALYSES).status_code == 401
    assert set(roles(down)) == {"bob@example.org", "ann@example.org"}


def test_who_is_removed_can_do_nothing_there_any_more(down: Stage, field: bytes) -> None:
    elsewhere = joined(down, "bob", "Elsewhere", "analyst")
    analysis_id = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    who, clinic, other = user_id(down, "bob"), organisation_id(down), organisation_id(down, "Elsewhere")
    with down.app.app_context():
        for digest, place in (("a", clinic), ("b", other)):
            expires_at = now() + timedelta(days=1)
            db.session.add(
                BrowserSession(digest=digest, user_id=who, organisation_id=place, expires_at=expires_at)
            )
        asked = Assignment(
            analysis_id=analysis_id,
            assigner_id=user_id(down, "alice"),
            assignee_id=who,
            assignee_email="bob@example.org",
            blind=False,
        )
        db.session.add(asked)
        db.session.commit()
    assert elsewhere.get(f"{ANALYSES}/{analysis_id}").status_code == 200
    assert down.ann.delete(f"{MEMBERS}/{who}").status_code == 204
    assert down.bob.get(ANALYSES).status_code == 401
    assert elsewhere.get(ANALYSES).status_code == 200
    assert elsewhere.get(f"{ANALYSES}/{analysis_id}").status_code == 404
    with down.app.app_context():
        assert db.session.scalars(select(BrowserSession.organisation_id)).all() == [other]
        live = select(ApiKey.organisation_id).where(ApiKey.user_id == who, ApiKey.revoked_at.is_(None))
        assert db.session.scalars(live).all() == [other]


def test_their_records_stay_with_the_organisation(down: Stage, field: bytes) -> None:
    path = body(down.bob.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["links"]["self"]
    down.ann.delete(member(down, "bob"))
    assert down.ann.get(path).status_code == 200
    with down.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Analysis)) == 1


def test_a_key_from_before_does_not_come_back_with_its_owner(down: Stage) -> None:
    down.ann.delete(member(down, "bob"))
    joined(down, "bob", "Clinic", "analyst")
    assert down.bob.get(ANALYSES).status_code == 401


def test_the_last_administrator_stays(down: Stage) -> None:
    path = member(down, "ann")
    for answer in (down.ann.delete(path), down.ann.patch(path, json={"role": "student"})):
        assert (answer.status_code, body(answer)["type"]) == (409, "/problems/last-administrator")
    assert roles(down)["ann@example.org"] == "administrator"
    assert down.ann.patch(path, json={"role": "administrator"}).status_code == 200


def test_an_administrator_who_cannot_sign_in_does_not_count(down: Stage) -> None:
    joined(down, "dan", "Clinic", "administrator")
    with down.app.app_context():
        db.session.execute(update(User).where(User.name == "dan").values(disabled_at=now()))
        db.session.commit()
    assert down.ann.delete(member(down, "ann")).status_code == 409


@pytest.mark.parametrize("deed", ["leave", "step down", "remove each other"])
def test_of_administrators_who_go_at_the_same_moment_one_stays(down: Stage, deed: str) -> None:
    people = {"ann": down.ann} | {
        name: joined(down, name, "Clinic", "administrator") for name in ("dan", "eve", "fay")
    }
    paths = {name: member(down, name) for name in people}
    names = list(people)

    def go(number: int) -> int:
        name = names[number]
        if deed == "leave":
            return people[name].delete(paths[name]).status_code
        if deed == "step down":
            return people[name].patch(paths[name], json={"role": "student"}).status_code
        return people[name].delete(paths[names[number - 1]]).status_code

    with ThreadPoolExecutor(len(names)) as threads:
        statuses = list(threads.map(go, range(len(names))))
    assert set(statuses) <= {200, 204, 401, 403, 404, 409}
    with down.app.app_context():
        left = select(func.count()).select_from(Membership)
        at_home = left.where(Membership.organisation_id == organisation_id(down))
        assert (db.session.scalar(at_home.where(Membership.role == "administrator")) or 0) >= 1
