"""Keys: shown once, stored as a digest, refused when wrong, expired or revoked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.database import db, now
from gateway.keys import create_key, revoke_key
from gateway.models import ApiKey
from tests.gateway.stage import ANALYSES, SECRET, Person, Stage, body

HEADERS = ["", "Bearer", "Bearer nonsense", "Basic YTpi", f"Bearer ki67_{12 * '0'}_{43 * 'x'}"]


def tampered(key: str) -> str:
    return key[:-1] + ("A" if key[-1] != "A" else "B")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer ki67_000000000000_x"]
)
def test_without_a_key_nothing_is_answered(down: Stage, header: str) -> None:
    answer = down.app.test_client().get(ANALYSES, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert body(answer)["type"] == "/problems/not-authenticated"


def test_a_changed_key_is_wrong(down: Stage) -> None:
    stranger = Person(down.app.test_client(), tampered(down.alice.key))
    assert stranger.get(ANALYSES).status_code == 401


def test_a_key_of_another_secret_is_wrong(down: Stage) -> None:
    with down.app.app_context():
        row = db.session.scalars(select(ApiKey)).first()
        assert row is not None
        _, key = create_key("another secret", row.organisation_id, row.user_id, "forged")
        db.session.commit()
    assert Person(down.app.test_client(), key).get(ANALYSES).status_code == 401


def test_an_expired_key_is_refused(down: Stage) -> None:
    with down.app.app_context():
        row = db.session.scalars(select(ApiKey)).first()
        assert row is not None
        before = now() - timedelta(seconds=1)
        _, key = create_key(SECRET, row.organisation_id, row.user_id, "old", expires_at=before)
        db.session.commit()
    assert Person(down.app.test_client(), key).get(ANALYSES).status_code == 401


def test_a_revoked_key_is_refused(down: Stage) -> None:
    assert down.alice.get(ANALYSES).status_code == 200
    with down.app.app_context():
        assert revoke_key(down.alice.key.split("_")[1])
        db.session.commit()
    assert down.alice.get(ANALYSES).status_code == 401


def test_the_key_itself_is_nowhere_in_the_database(on_sqlite: Stage) -> None:
    rest = on_sqlite.alice.key.split("_", 2)[2].encode()
    stored = b"".join(path.read_bytes() for path in on_sqlite.services.settings.folder.glob("*.sqlite3*"))
    assert on_sqlite.alice.key.split("_")[1].encode() in stored
    assert rest not in stored


def test_use_is_noted(down: Stage) -> None:
    down.alice.get(ANALYSES)
    with down.app.app_context():
        prefix = down.alice.key.split("_")[1]
        row = db.session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).one()
        assert row.last_used_at is not None
