"""/api/v1/models/images: recent images for operators, without whose they are or what was found."""

import hashlib

from sqlalchemy import select

from gateway.database import db
from gateway.models import Analysis, AuditEvent
from tests.gateway.opinions_stage import Finding, record
from tests.gateway.people import organisation_id
from tests.gateway.routes import operator
from tests.gateway.stage import Stage, body, phantom_png
from tests.gateway.test_scoring import queue, row

IMAGES = "/api/v1/models/images"


def test_the_newest_scored_images_are_listed_by_their_hash(down: Stage, field: bytes) -> None:
    first, second = queue(down, field), queue(down, phantom_png(2, 40, 40))
    queue(down, phantom_png(3, 40, 40))
    for analysis_id in (*first, *second):
        record(down, analysis_id, Finding())
    somebody = operator(down)
    items = body(somebody.get(IMAGES))["items"]
    assert [each["analysis_id"] for each in items] == [*second, *first]
    assert items[0] == {
        "analysis_id": second[0],
        "sha256": row(down, second[0]).image_sha256,
        "mpp": 0.5,
        "version": "1.1",
    }
    assert len(body(somebody.get(f"{IMAGES}?limit=1"))["items"]) == 1
    assert somebody.get(f"{IMAGES}?limit=501").status_code == 422


def test_the_bytes_are_those_that_were_scored_and_their_organisation_is_told(
    down: Stage, field: bytes
) -> None:
    (analysis_id,) = queue(down, field)
    somebody, digest = operator(down), row(down, analysis_id).image_sha256
    assert somebody.get(f"{IMAGES}/{digest}").status_code == 404
    record(down, analysis_id, Finding())
    answer = somebody.get(f"{IMAGES}/{digest}")
    assert hashlib.sha256(answer.data).hexdigest() == digest
    assert answer.headers["Cache-Control"] == "private, no-cache"
    events = body(down.ann.get(f"/api/v1/audit-events?object={analysis_id}&action=analysis.viewed"))
    (event,) = events["items"]
    assert (event["actor_kind"], event["details"]["part"]) == ("operator", "image")


def test_reading_the_list_is_noted_too(down: Stage) -> None:
    operator(down).get(IMAGES)
    with down.app.app_context():
        noted = select(AuditEvent).where(AuditEvent.action == "models.images_listed")
        event = db.session.scalars(noted).one()
        assert (event.organisation_id, event.details) == (None, {"count": 0})
        assert organisation_id(down) not in str(event.details)
        assert db.session.scalars(select(Analysis.id)).all() == []
