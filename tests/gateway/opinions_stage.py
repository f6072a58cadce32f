"""Who and what second opinions need besides the cast: people asked, records with a made-up result."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from werkzeug.test import TestResponse

from gateway import claims
from gateway.database import db, new_id, now
from gateway.models import Analysis, Result, User
from gateway.results import result_of
from gateway.stored import put_result, result_keys
from handler.answer import to_message
from handler.packing import pack_map, pack_nuclei
from tests.gateway.stage import ANALYSES, Person, Stage, add_person, body
from tests.handler.test_answer import some_analysis, some_nuclei

CONTACTS, ASSIGNMENTS, AGREEMENT = "/api/v1/contacts", "/api/v1/assignments", "/api/v1/agreement"


@dataclass(frozen=True)
class Finding:
    """A made-up result."""

    immunopositive: int = 30
    immunonegative: int = 70
    index_percent: float = 30.0
    category: str = "high"
    revision: int = 1
    seed: int = 1
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def answer(self) -> dict[str, Any]:
        """As the handler would give it."""
        total = self.immunopositive + self.immunonegative
        counts = {"immunopositive": self.immunopositive, "immunonegative": self.immunonegative}
        return {
            "scale": {"mpp": 0.5, "source": "request"},
            "model": {"name": "ki67", "version": "1.0", "weights_sha256": "0" * 64},
            "engine": {"name": "torch", "precision": "float32", "device": "cpu"},
            "thresholds": {
                "probability": 0.5,
                "min_area_um2": 8.0,
                "category_boundaries_percent": [10, 20],
            },
            "counts": counts | {"total": total},
            "index_percent": self.index_percent,
            "index_interval_percent": [self.index_percent - 1, self.index_percent + 1],
            "category": self.category,
            "category_certain": False,
            "warnings": [],
        } | dict(self.more)


def join(stage: Stage, name: str, organisation: str, role: str, *, verified: bool = True) -> Person:
    """Let somebody else in."""
    with stage.app.app_context():
        key = add_person(name, organisation, role)
        proved = update(User).where(User.email == f"{name}@example.org")
        db.session.execute(proved.values(email_verified_at=now() if verified else None))
        db.session.commit()
    return Person(stage.app.test_client(), key)


def user_id(stage: Stage, name: str) -> str:
    with stage.app.app_context():
        return db.session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()


def upload(person: Person, field: bytes, name: str = "a.png") -> str:
    """Return the id of a new record that nobody has scored."""
    answer = person.upload([(name, field)], wait="0")
    return str(body(answer)["items"][0]["analysis"]["id"])


def record(stage: Stage, analysis_id: str, finding: Finding, updated_at: datetime | None = None) -> None:
    """Score a record: the finding becomes its current revision, with nuclei and map to look at."""
    with stage.app.app_context():
        token = new_id()
        keys = result_keys(analysis_id, token)
        message = to_message(some_analysis(some_nuclei(20, finding.seed), finding.seed))
        parts = pack_nuclei(message), pack_map(message)
        put_result(stage.services.objects, analysis_id, token, *parts)
        held = claims.claim(analysis_id, 30)
        if held:
            claims.record_result(held, result_of(finding.answer, analysis_id, 1, *keys))
        if finding.revision > 1:
            db.session.add(Result(**result_of(finding.answer, analysis_id, finding.revision, *keys)))
        current = update(Analysis).where(Analysis.id == analysis_id)
        db.session.execute(current.values(current_revision=finding.revision, updated_at=updated_at or now()))
        db.session.commit()


def assign(person: Person, analysis_id: str, email: str, **more: Any) -> TestResponse:
    path = f"{ANALYSES}/{analysis_id}/assignments"
    return person.post(path, json={"email": email, **more})


def assigned(person: Person, analysis_id: str, email: str, **more: Any) -> str:
    """Return the id of a new assignment."""
    answer = assign(person, analysis_id, email, **more)
    assert answer.status_code == 201, answer.text
    return str(body(answer)["id"])


def step(person: Person, assignment_id: str, status: str) -> TestResponse:
    path = f"{ASSIGNMENTS}/{assignment_id}"
    return person.client.patch(path, headers=person.headers, json={"status": status})


def review(person: Person, analysis_id: str, **given: Any) -> TestResponse:
    return person.post(f"{ANALYSES}/{analysis_id}/reviews", json=given)
