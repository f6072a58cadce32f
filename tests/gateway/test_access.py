"""Who may do what: every route of the OpenAPI document against everybody, each cell with its expected status.

The cast: Alice owns the record and is an analyst, Sam is a student of her clinic, Ann its administrator,
Charlie administers another. A key may be missing, wrong, expired, or lack the scope.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db, now
from gateway.keys import create_key
from gateway.models import Membership, Organisation, User
from gateway.permissions import SCOPES
from tests.gateway.opinions_stage import Finding, assigned, record, upload, user_id
from tests.gateway.routes import operator_key
from tests.gateway.stage import SECRET, Person, Stage, add_person, body
from tests.gateway.test_openapi import COMMITTED

PATHS: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))["paths"]
OPERATIONS = {f"{method.upper()} {path}": each for path, of in PATHS.items() for method, each in of.items()}


@dataclass(frozen=True)
class Expected:
    """Statuses by person; `body` or `form` is what a proper request sends."""

    owner: int
    student: int
    outsider: int
    administrator: int
    body: dict[str, Any] | None = None
    form: bool = False


def by_id(owner: int, administrator: int | None = None, student: int = 404, **more: Any) -> Expected:
    """Return the row of a route to Alice's record: to a student and to an outsider it is not there."""
    return Expected(owner, student, 404, administrator or owner, **more)


def own(status: int, **more: Any) -> Expected:
    """Return the row of a route to one's own things: everybody has some."""
    return Expected(status, status, status, status, **more)


RECORD = "/api/v1/analyses/{analysis_id}"
ASSIGNMENT = {"email": "somebody@example.org"}
REVIEW = {"immunopositive": 1, "immunonegative": 9}
CORRECTION = {"revision": 1, "removed": [0]}
ROUTES = {"default": "1.1", "canary": None, "shadow": None, "versions": [{"version": "1.1"}]}
MARKS = {"marks": [{"x": 1, "y": 1, "class": "immunopositive"}]}
PUBLIC = {
    "GET /healthz": (200, None),
    "GET /readyz": (200, None),
    "GET /metrics": (200, None),
    "POST /api/v1/invitations/accept": (404, {"token": "x" * 43}),
    "GET /api/v1/auth/methods": (200, None),
    "GET /api/v1/auth/oidc": (404, None),
    "GET /api/v1/auth/oidc/callback": (404, None),
    "POST /api/v1/auth/session": (401, {"email": "nobody@example.org", "password": "a guess"}),
    "POST /api/v1/auth/registrations": (403, {"email": "new@example.org", "name": "New"}),
    "POST /api/v1/auth/verification-requests": (202, {"email": "nobody@example.org"}),
    "POST /api/v1/auth/verifications": (422, {"token": "x" * 43}),
    "POST /api/v1/auth/password-reset-requests": (202, {"email": "nobody@example.org"}),
    "POST /api/v1/auth/password-resets": (422, {"token": "x" * 43, "password": "long enough to be one"}),
}
TABLE: dict[str, Expected] = {
    "POST /api/v1/analyses": own(202, form=True),
    "GET /api/v1/analyses": own(200),
    f"GET {RECORD}": by_id(200),
    f"PATCH {RECORD}": by_id(200, body={"case_label": "S1"}),
    f"DELETE {RECORD}": by_id(204),
    f"POST {RECORD}/rescore": by_id(200, body={"probability": 0.6}),
    f"GET {RECORD}/image": by_id(200),
    f"GET {RECORD}/image.jpg": by_id(200),
    f"GET {RECORD}/mask.png": by_id(200),
    f"GET {RECORD}/heatmap.png": by_id(200),
    f"GET {RECORD}/overlay.png": by_id(200),
    f"GET {RECORD}/nuclei.geojson": by_id(200),
    f"GET {RECORD}/nuclei.csv": by_id(200),
    f"GET {RECORD}/rois.zip": by_id(200),
    f"GET {RECORD}/labels.ome.tiff": by_id(200),
    f"GET {RECORD}/corrections": by_id(200),
    f"PUT {RECORD}/corrections": by_id(200, body=CORRECTION),
    f"DELETE {RECORD}/corrections": by_id(204),
    f"GET {RECORD}/assignments": by_id(200),
    f"POST {RECORD}/assignments": by_id(201, body=ASSIGNMENT),
    f"GET {RECORD}/reviews": by_id(200, student=403),
    f"POST {RECORD}/reviews": by_id(403, 201, student=403, body=REVIEW),
    f"GET {RECORD}/agreement": by_id(200, student=403),
    f"GET {RECORD}/annotations": by_id(200),
    f"POST {RECORD}/annotations": by_id(201, body=MARKS),
    "GET /api/v1/annotations/{annotation_id}": by_id(200),
    "GET /api/v1/annotations/{annotation_id}/picture.png": by_id(200),
    "GET /api/v1/learning/progress": own(200),
    "GET /api/v1/assignments": own(200),
    "GET /api/v1/assignments/{assignment_id}": by_id(200),
    "PATCH /api/v1/assignments/{assignment_id}": by_id(403, body={"status": "accepted"}),
    "DELETE /api/v1/assignments/{assignment_id}": by_id(204),
    "GET /api/v1/contacts": own(200),
    "PUT /api/v1/contacts": own(201, body={"email": "kim@example.org", "name": "Kim"}),
    "DELETE /api/v1/contacts/{contact_id}": by_id(204, 404),
    "GET /api/v1/agreement": Expected(200, 403, 200, 200),
    "GET /api/v1/exports/analyses.csv": own(200),
    "GET /api/v1/exports/analyses.zip": own(200),
    "GET /api/v1/models": own(200),
    "GET /api/v1/models/routes": own(403),
    "PUT /api/v1/models/routes": own(403, body=ROUTES),
    "GET /api/v1/models/images": own(403),
    "GET /api/v1/models/images/{sha256}": own(403),
    "GET /api/v1/organisations": own(200),
    "GET /api/v1/organisations/{organisation_id}": by_id(200, student=403),
    "PATCH /api/v1/organisations/{organisation_id}": by_id(
        403, 200, student=403, body={"retention_days": 9000}
    ),
    "GET /api/v1/members": Expected(200, 403, 200, 200),
    "PATCH /api/v1/members/{user_id}": by_id(403, 200, student=403, body={"role": "student"}),
    "DELETE /api/v1/members/{user_id}": by_id(403, 204, student=403),
    "GET /api/v1/invitations": Expected(403, 403, 200, 200),
    "POST /api/v1/invitations": Expected(
        403, 403, 201, 201, body={"email": "new@example.org", "role": "analyst"}
    ),
    "DELETE /api/v1/invitations/{invitation_id}": by_id(403, 204, student=403),
    "GET /api/v1/auth/session": own(200),
    "PUT /api/v1/auth/session": own(403, body={"organisation_id": "0" * 32}),
    "DELETE /api/v1/auth/session": own(403),
    "PUT /api/v1/auth/password": own(
        403, body={"current_password": "x", "password": "long enough to be one"}
    ),
    "GET /api/v1/api-keys": own(200),
    "POST /api/v1/api-keys": own(201, body={"name": "microscope"}),
    "DELETE /api/v1/api-keys/{key_id}": by_id(204),
    "GET /api/v1/audit-events": Expected(403, 403, 200, 200),
    "GET /api/v1/audit-events.jsonl": Expected(403, 403, 200, 200),
}
OPERATOR = {
    "GET /api/v1/models": 200,
    "GET /api/v1/models/routes": 200,
    "PUT /api/v1/models/routes": 200,
    "GET /api/v1/models/images": 200,
    "GET /api/v1/models/images/{sha256}": 404,
}
"""All that an operator's key may do; whatever else there is is refused."""
CALLERS = (
    *("owner", "student", "outsider", "administrator", "operator"),
    *("nobody", "wrong key", "expired key", "no scope"),
)


def test_every_route_has_its_row() -> None:
    assert set(OPERATIONS) == set(TABLE) | set(PUBLIC)


@pytest.fixture
def world(down: Stage, field: bytes) -> Iterator["World"]:
    with down.app.app_context():
        sam = Person(down.app.test_client(), add_person("sam", "Clinic", "student"))
    yield World(down, sam, field)


@dataclass(frozen=True)
class World:
    """A gateway, and things of Alice's to ask for."""

    stage: Stage
    sam: Person
    field: bytes

    def path(self, template: str) -> str:
        """Fill in the ids, of new things each time."""
        makers: dict[str, Callable[[], str]] = {
            "analysis_id": self.corrected if template.endswith("/corrections") else self.record,
            "annotation_id": self.annotation,
            "assignment_id": lambda: assigned(self.stage.alice, self.record(), "bob@example.org"),
            "contact_id": self.contact,
            "organisation_id": self.organisation,
            "user_id": self.member,
            "invitation_id": self.invitation,
            "key_id": self.made_key,
            "sha256": lambda: "0" * 64,
        }
        for name, make in makers.items():
            if f"{{{name}}}" in template:
                return template.replace(f"{{{name}}}", make())
        return template

    def record(self) -> str:
        analysis_id = upload(self.stage.alice, self.field)
        record(self.stage, analysis_id, Finding(12, 88))
        return analysis_id

    def corrected(self) -> str:
        analysis_id = self.record()
        path = f"/api/v1/analyses/{analysis_id}/corrections"
        made = self.stage.alice.put(path, {"If-None-Match": "*"}, json=CORRECTION)
        assert made.status_code == 200, made.text
        return analysis_id

    def annotation(self) -> str:
        made = self.stage.alice.post(f"/api/v1/analyses/{self.record()}/annotations", json=MARKS)
        return str(body(made)["id"])

    def contact(self) -> str:
        made = self.stage.alice.put("/api/v1/contacts", json={"email": "lee@example.org", "name": "Lee"})
        return str(body(made)["id"])

    def organisation(self) -> str:
        with self.stage.app.app_context():
            return db.session.scalars(select(Organisation.id).where(Organisation.name == "Clinic")).one()

    def member(self) -> str:
        return user_id(self.stage, "bob")

    def invitation(self) -> str:
        made = self.stage.ann.post(
            "/api/v1/invitations", json={"email": "max@example.org", "role": "analyst"}
        )
        return str(body(made)["id"])

    def made_key(self) -> str:
        return str(body(self.stage.alice.post("/api/v1/api-keys", json={"name": "microscope"}))["id"])

    def headers(self, caller: str, scopes: list[str]) -> dict[str, str]:
        people = {
            "owner": self.stage.alice,
            "student": self.sam,
            "outsider": self.stage.charlie,
            "administrator": self.stage.ann,
        }
        if caller in people:
            return people[caller].headers
        if caller == "nobody":
            return {}
        if caller == "operator":
            return {"Authorization": f"Bearer {operator_key(self.stage)}"}
        if caller == "wrong key":
            return {"Authorization": f"Bearer {self.stage.ann.key[:-1]}"}
        expired = caller == "expired key"
        return {
            "Authorization": f"Bearer {self.key(SCOPES if expired else lacking(scopes), expired=expired)}"
        }

    def key(self, scopes: tuple[str, ...], *, expired: bool) -> str:
        """Return another key of administrator Ann."""
        with self.stage.app.app_context():
            place = db.session.execute(
                select(Membership.organisation_id, Membership.user_id)
                .join(User, User.id == Membership.user_id)
                .where(User.email == "ann@example.org")
            ).one()
            expires_at = now() - timedelta(seconds=1) if expired else None
            _, key = create_key(SECRET, *place, "tests", scopes, expires_at)
            db.session.commit()
            return key


def lacking(scopes: list[str]) -> tuple[str, ...]:
    return tuple(scope for scope in SCOPES if scope not in scopes)


def scopes_of(operation: str) -> list[str]:
    return [scope for way in OPERATIONS[operation].get("security", []) for of in way.values() for scope in of]


def expected_status(operation: str, caller: str) -> int:
    if caller in ("nobody", "wrong key", "expired key"):
        return 401
    if caller == "no scope":
        return 403
    if caller == "operator":
        return OPERATOR.get(operation, 403)
    return int(getattr(TABLE[operation], caller))


@pytest.mark.parametrize("operation", TABLE)
def test_everybody_gets_what_the_table_says(world: World, operation: str) -> None:
    method, template = operation.split(" ")
    row = TABLE[operation]
    found, wanted = {}, {}
    for caller in CALLERS:
        if caller == "no scope" and not scopes_of(operation):
            continue
        sent: dict[str, Any] = {"json": row.body} if row.body is not None else {}
        if row.form:
            sent = {"data": {"images": (io.BytesIO(world.field), "a.png"), "wait": "0"}}
        headers = world.headers(caller, scopes_of(operation)) | {"If-Match": "*"}
        answer = world.stage.app.test_client().open(
            world.path(template), method=method, headers=headers, **sent
        )
        answer.get_data()  # what is streamed is made only as it is read
        found[caller], wanted[caller] = answer.status_code, expected_status(operation, caller)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert str(answer.status_code) in OPERATIONS[operation]["responses"]
    assert found == wanted


@pytest.mark.parametrize("operation", PUBLIC)
def test_what_is_public_needs_no_key(down: Stage, operation: str) -> None:
    method, path = operation.split(" ")
    status, sent = PUBLIC[operation]
    assert down.app.test_client().open(path, method=method, json=sent).status_code == status
