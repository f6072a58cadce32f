"""Records for tests that need no scorer: with a made-up result, labels, and assignments."""

from typing import Any

from sqlalchemy import select

from gateway import claims
from gateway.database import db
from gateway.models import Analysis, Assignment, User
from gateway.results import result_of
from tests.gateway.stage import Stage, body
from tests.gateway.test_claims import ANSWER


def upload(stage: Stage, field: bytes, name: str = "a.png", who: str = "alice") -> str:
    """Send an image that nobody scores; return its id."""
    answer = stage.people[who].upload([(name, field)], wait="0")
    return str(body(answer)["items"][0]["analysis"]["id"])


def give_result(stage: Stage, analysis_id: str, **more: Any) -> None:
    """Record a made-up result."""
    with stage.app.app_context():
        held = claims.claim(analysis_id, 30)
        assert held is not None
        assert claims.record_result(held, result_of(ANSWER | more, analysis_id, 1, "nuclei", "map"))
        db.session.remove()


def assign(stage: Stage, analysis_id: str, name: str, *, blind: bool = True) -> None:
    """Show the record to somebody."""
    with stage.app.app_context():
        email = f"{name}@example.org"
        assignee = db.session.scalars(select(User.id).where(User.email == email)).one()
        owner = db.session.get_one(Analysis, analysis_id).owner_id
        row = Assignment(
            analysis_id=analysis_id,
            assigner_id=owner,
            assignee_id=assignee,
            assignee_email=email,
            blind=blind,
        )
        db.session.add(row)
        db.session.commit()
        db.session.remove()


def label(stage: Stage, analysis_id: str, who: str = "alice", **labels: Any) -> None:
    """Give case label and tags."""
    path = f"/api/v1/analyses/{analysis_id}"
    etag = stage.people[who].get(f"{path}?nuclei=false").headers["ETag"]
    answer = stage.people[who].patch(path, {"If-Match": etag}, json=labels)
    assert answer.status_code == 200, answer.text
