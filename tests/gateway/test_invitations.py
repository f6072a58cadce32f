"""/api/v1/invitations: a token sent by mail becomes one membership, and opens nobody's account."""

import email
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.database import db, now
from gateway.identity.passwords import matches
from gateway.models import Invitation, Membership, User
from tests.gateway.people import joined, user_id, verify_address
from tests.gateway.stage import ANALYSES, Stage, body

INVITATIONS = "/api/v1/invitations"
PASSWORD = "correct horse battery"  # noqa: S105
LINK = re.compile(r"^http://\S+/accept-invitation#(\S+)$", re.MULTILINE)


def mails(stage: Stage) -> list[EmailMessage]:
    folder = stage.services.settings.folder / "log" / "mail"
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def token_of(mail: EmailMessage) -> str:
    found = LINK.search(mail.get_content())
    assert found
    return found[1]


def invited(stage: Stage, address: str, role: str = "analyst") -> str:
    """Invite somebody and return the token of the mail."""
    answer = stage.ann.post(INVITATIONS, json={"email": address, "role": role})
    assert answer.status_code == 201, answer.text
    return token_of(mails(stage)[-1])


def accept(stage: Stage, token: str, **account: str) -> Any:
    """Accept with nobody signed in."""
    return stage.app.test_client().post(f"{INVITATIONS}/accept", json={"token": token, **account})


def new_account(stage: Stage, token: str) -> Any:
    return accept(stage, token, name="Dora", password=PASSWORD)


def test_a_mail_carries_the_link_and_nothing_else_does(down: Stage) -> None:
    answer = down.ann.post(INVITATIONS, json={"email": "Dora@Example.org", "role": "pathologist"})
    token = token_of(mails(down)[0])
    assert mails(down)[0]["To"] == "dora@example.org"
    assert token not in answer.text + down.ann.get(INVITATIONS).text
    with down.app.app_context():
        assert db.session.scalars(select(Invitation.digest)).one() != token


def test_mails_in_the_folder_are_their_owners(down: Stage) -> None:
    invited(down, "dora@example.org")
    (file,) = (down.services.settings.folder / "log" / "mail").iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_who_has_no_account_gets_one_with_a_verified_address(down: Stage) -> None:
    answer = new_account(down, invited(down, "dora@example.org", "pathologist"))
    assert answer.status_code == 200, answer.text
    assert (body(answer)["organisation_name"], body(answer)["role"]) == ("Clinic", "pathologist")
    with down.app.app_context():
        user = db.session.get_one(User, body(answer)["user_id"])
        assert (user.email, user.name) == ("dora@example.org", "Dora")
        assert user.email_verified_at is not None
        assert user.password_hash is not None
        assert matches(down.services.settings, user.password_hash, PASSWORD)
        member = db.session.get_one(Membership, (body(answer)["organisation_id"], user.id))
        assert member.role == "pathologist"


def test_a_token_works_once(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    assert new_account(down, token).status_code == 200
    again = new_account(down, token)
    assert (again.status_code, body(again)["type"]) == (404, "/problems/invitation-not-valid")


def test_of_many_who_use_it_at_once_one_succeeds(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: new_account(down, token).status_code, range(6)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 409}
    with down.app.app_context():
        users = select(func.count()).select_from(User).where(User.email == "dora@example.org")
        assert db.session.scalar(users) == 1


def test_a_token_expires(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    with down.app.app_context():
        row = db.session.scalars(select(Invitation)).one()
        assert row.expires_at - row.created_at == pytest.approx(timedelta(days=7), abs=timedelta(minutes=1))
        db.session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert new_account(down, token).status_code == 404
    assert body(down.ann.get(INVITATIONS))["items"][0]["status"] == "expired"


def test_a_withdrawn_token_is_worth_nothing(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    (item,) = body(down.ann.get(INVITATIONS))["items"]
    assert (item["email"], item["role"], item["status"]) == ("dora@example.org", "analyst", "pending")
    assert down.charlie.delete(f"{INVITATIONS}/{item['id']}").status_code == 404
    assert down.ann.delete(f"{INVITATIONS}/{item['id']}").status_code == 204
    assert down.ann.delete(f"{INVITATIONS}/{item['id']}").status_code == 404
    assert new_account(down, token).status_code == 404


def test_another_invitation_ends_the_first(down: Stage) -> None:
    first = invited(down, "dora@example.org", "administrator")
    second = invited(down, "DORA@example.org", "student")
    assert len(body(down.ann.get(INVITATIONS))["items"]) == 1
    assert new_account(down, first).status_code == 404
    assert body(new_account(down, second))["role"] == "student"


def test_an_accepted_invitation_cannot_be_withdrawn(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    (item,) = body(down.ann.get(INVITATIONS))["items"]
    new_account(down, token)
    assert body(down.ann.get(INVITATIONS))["items"] == []
    assert down.ann.delete(f"{INVITATIONS}/{item['id']}").status_code == 404


def test_no_invitation_sets_the_password_of_an_account_that_exists(down: Stage) -> None:
    token = invited(down, "charlie@example.org", "administrator")
    answer = new_account(down, token)
    assert (answer.status_code, body(answer)["type"]) == (409, "/problems/account-exists")
    with down.app.app_context():
        charlie = db.session.get_one(User, user_id(down, "charlie"))
        assert (charlie.password_hash, charlie.email_verified_at) == (None, None)


def test_who_is_signed_in_joins_with_the_account_they_have(down: Stage) -> None:
    token = invited(down, "charlie@example.org", "pathologist")
    verify_address(down, "charlie")
    answer = down.charlie.post(f"{INVITATIONS}/accept", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert body(answer)["user_id"] == user_id(down, "charlie")
    with down.app.app_context():
        assert db.session.get_one(User, user_id(down, "charlie")).password_hash is None
    places = body(down.charlie.get("/api/v1/organisations"))["items"]
    assert {place["name"]: place["role"] for place in places} == {
        "Elsewhere": "administrator",
        "Clinic": "pathologist",
    }


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_another_persons_token_is_of_no_use(down: Stage, name: str) -> None:
    token = invited(down, "dora@example.org")
    verify_address(down, name)
    answer = down.people[name].post(f"{INVITATIONS}/accept", json={"token": token})
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/not-your-invitation")
    assert new_account(down, token).status_code == 200


def test_an_address_that_is_not_verified_is_nobodys(down: Stage) -> None:
    token = invited(down, "charlie@example.org")
    assert down.charlie.post(f"{INVITATIONS}/accept", json={"token": token}).status_code == 403
    verify_address(down, "charlie")
    assert down.charlie.post(f"{INVITATIONS}/accept", json={"token": token}).status_code == 200


def test_wrong_credentials_are_not_taken_for_none(down: Stage) -> None:
    token = invited(down, "dora@example.org")
    answer = down.app.test_client().post(
        f"{INVITATIONS}/accept",
        json={"token": token, "name": "Dora", "password": PASSWORD},
        headers={"Authorization": "Bearer wrong"},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "account", [{}, {"name": "Dora"}, {"password": PASSWORD}, {"name": "Dora", "password": "too short"}]
)
def test_an_account_needs_a_name_and_a_long_password(down: Stage, account: dict[str, str]) -> None:
    token = invited(down, "dora@example.org")
    assert accept(down, token, **account).status_code == 422
    assert new_account(down, token).status_code == 200


def test_members_are_not_invited_again(down: Stage) -> None:
    answer = down.ann.post(INVITATIONS, json={"email": "bob@example.org", "role": "administrator"})
    assert (answer.status_code, body(answer)["type"]) == (409, "/problems/already-member")
    assert mails(down) == []


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a b@example.org", "a@example.org\nBcc: x@example.org", "a" * 400]
)
def test_what_is_no_address_is_refused(down: Stage, address: str) -> None:
    assert down.ann.post(INVITATIONS, json={"email": address, "role": "analyst"}).status_code == 422


def test_only_administrators_invite(down: Stage) -> None:
    wanted = {"email": "dora@example.org", "role": "administrator"}
    assert down.alice.post(INVITATIONS, json=wanted).status_code == 403
    assert down.alice.get(INVITATIONS).status_code == 403
    invited(down, "dora@example.org")
    assert body(down.charlie.get(INVITATIONS))["items"] == []


def test_who_was_removed_can_be_invited_back(down: Stage) -> None:
    verify_address(down, "bob")
    down.ann.delete(f"/api/v1/members/{user_id(down, 'bob')}")
    token = invited(down, "bob@example.org", "student")
    elsewhere = joined(down, "bob", "Elsewhere", "analyst")
    assert elsewhere.post(f"{INVITATIONS}/accept", json={"token": token}).status_code == 200
    assert down.bob.get(ANALYSES).status_code == 401
