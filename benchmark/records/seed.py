"""A database full of records: how many in, rows and the people who ask for them out.

One organisation's records, most of them one analyst's; an expert from elsewhere was shown some.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from gateway.database import db, new_id
from gateway.extensions import services
from gateway.keys import create_key
from gateway.models import Analysis, Assignment, Result, Tag, User
from gateway.permissions import SCOPES
from gateway.tenancy import ensure_member, ensure_organisation
from handler.packing import pack_nuclei

CHUNK = 5_000
NUCLEI = 300
SHOWN = 1_000
RARE = "rare"
_NUCLEI_KEY = "benchmark/nuclei"
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_SIDE_PX = 1228


@dataclass(frozen=True)
class Seeded:
    """Keys of those who ask, by what they are; ids of records; moments between which they were made."""

    keys: dict[str, str]
    own: list[str]
    shown: list[str]
    middle: datetime
    case_label: str


def seed(records: int, secret: str) -> Seeded:
    """Fill the current application's empty database."""
    draw = random.Random(5)  # noqa: S311 - the same records at every run
    people = _people(secret)
    services().objects.put(_NUCLEI_KEY, _nuclei(draw))
    owners = [people["analyst"][0].id] * 7 + [people["colleague"][0].id] * 3
    rows = [_analysis(draw, index, people["analyst"][1], owners) for index in range(records)]
    _insert(Analysis, rows)
    _insert(Result, [_result(draw, row["id"]) for row in rows if row["status"] == "succeeded"])
    _insert(Tag, list(_tags(draw, rows)))
    shown = [row["id"] for row in draw.sample(rows, min(SHOWN, records))]
    _insert(Assignment, [_assignment(each, people) for each in shown])
    _settle()
    own = [row["id"] for row in rows if row["owner_id"] == owners[0] and row["status"] == "succeeded"]
    keys = {name: key for name, (_, _, key) in people.items()}
    middle = _BEGIN + timedelta(minutes=records // 2)
    return Seeded(keys, own, shown, middle, str(rows[records // 2]["case_label"]))


def _settle() -> None:
    """Do at once what PostgreSQL's autovacuum does by itself after a while."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _people(secret: str) -> dict[str, tuple[User, str, str]]:
    """Return user, organisation's id and key of each."""
    cast = {
        "administrator": "Clinic",
        "analyst": "Clinic",
        "colleague": "Clinic",
        "expert": "Elsewhere",
    }
    found = {}
    for name, place in cast.items():
        home = ensure_organisation(place)
        role = "administrator" if name == "administrator" else "analyst"
        user = ensure_member(home, f"{name}@example.org", name, role)
        found[name] = user, home.id, create_key(secret, home.id, user.id, "benchmark", SCOPES)[1]
    db.session.commit()
    return found


def _insert(table: type[Any], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        db.session.execute(insert(table), rows[start : start + CHUNK])
    db.session.commit()


def _analysis(draw: random.Random, index: int, organisation_id: str, owners: list[str]) -> dict[str, Any]:
    status = "succeeded" if draw.random() < 0.98 else "queued"
    moment = _BEGIN + timedelta(minutes=index)
    return {
        "id": new_id(),
        "organisation_id": organisation_id,
        "owner_id": draw.choice(owners),
        "status": status,
        "created_at": moment,
        "updated_at": moment,
        "due_at": moment,
        "filename": f"{RARE if index in (7, 70) else 'field'}-{index:06d}.jpg",
        "case_label": f"S26-{index // 5:05d}",
        "upload_sha256": f"{index:064x}",
        "image_sha256": f"{index:064x}",
        "image_width_px": _SIDE_PX,
        "image_height_px": _SIDE_PX,
        "options": {},
        "model_name": "ki67",
        "model_version": "1.0" if index < 20 else "1.1",
        "current_revision": 1 if status == "succeeded" else None,
    }


def _result(draw: random.Random, analysis_id: str) -> dict[str, Any]:
    positive = draw.randint(10, 50)
    category = "low" if positive < 20 else "borderline" if positive <= 40 else "high"
    return {
        "analysis_id": analysis_id,
        "revision": 1,
        "mpp": 0.25,
        "scale_source": "request",
        "weights_sha256": "0" * 64,
        "engine": {"name": "torch", "precision": "float32", "device": "cpu"},
        "thresholds": {"probability": 0.5, "min_area_um2": 8.0, "category_boundaries_percent": [10, 20]},
        "immunopositive": positive,
        "immunonegative": 200 - positive,
        "index_percent": positive / 2,
        "index_interval_percent": [positive / 2 - 1, positive / 2 + 1],
        "category": category,
        "category_certain": True,
        "warnings": [],
        "nuclei_key": _NUCLEI_KEY,
        "map_key": "benchmark/map",
    }


def _tags(draw: random.Random, rows: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for index, row in enumerate(rows):
        if draw.random() < 0.3:
            yield {"analysis_id": row["id"], "name": "common"}
        if index in (7, 70):
            yield {"analysis_id": row["id"], "name": RARE}


def _assignment(analysis_id: str, people: dict[str, tuple[User, str, str]]) -> dict[str, Any]:
    expert = people["expert"][0]
    return {
        "analysis_id": analysis_id,
        "assigner_id": people["analyst"][0].id,
        "assignee_id": expert.id,
        "assignee_email": expert.email,
        "purpose": "second_opinion",
        "blind": False,
        "note": "",
        "status": "accepted",
    }


def _nuclei(draw: random.Random) -> bytes:
    """Return a stored result of the usual size: the list of nuclei, outlines and the mask."""
    listed = [
        {
            "x": round(draw.uniform(0, _SIDE_PX), 1),
            "y": round(draw.uniform(0, _SIDE_PX), 1),
            "class": "immunonegative",
            "confidence": round(draw.uniform(0.5, 1), 3),
            "area_um2": round(draw.uniform(10, 80), 1),
            "dab_density": round(draw.uniform(0, 1), 3),
        }
        for _ in range(NUCLEI)
    ]
    outlines = {"points": draw.randbytes(NUCLEI * 40 * 8), "lengths": b"\x28\0\0\0" * NUCLEI}
    mask = {"width": _SIDE_PX, "height": _SIDE_PX, "data": bytes(_SIDE_PX * _SIDE_PX)}
    return pack_nuclei({"answer": {"nuclei": listed}, "contours": outlines, "mask": mask})
