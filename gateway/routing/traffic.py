"""Recent images for operators who compare versions: hashes of the newest scored records, and their bytes.

Nobody's name, file or result is among them; who owns an image finds in their trail that it was read.
"""

from sqlalchemy import select

from gateway import audit
from gateway.database import db
from gateway.documents import Document
from gateway.extensions import services
from gateway.models import Analysis, Result
from gateway.objects import get_image
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal


def list_recent(principal: Principal, limit: int) -> list[Document]:
    """Return the newest records that were scored, without what was found in them."""
    rows = db.session.execute(
        select(Analysis.id, Analysis.image_sha256, Result.mpp, Analysis.model_version)
        .join(Result, (Result.analysis_id == Analysis.id) & (Result.revision == 1))
        .order_by(Analysis.created_at.desc(), Analysis.id)
        .limit(limit)
    ).all()
    audit.note(principal, "models.images_listed", "model_routes", None, count=len(rows))
    db.session.commit()
    return [dict(zip(("analysis_id", "sha256", "mpp", "version"), row, strict=True)) for row in rows]


def read_image(principal: Principal, sha256: str) -> bytes:
    """Return a scored image's bytes as stored; raises NotFoundProblem."""
    found = db.session.execute(
        select(Analysis.id, Analysis.organisation_id)
        .where(Analysis.image_sha256 == sha256, Analysis.status == "succeeded")
        .order_by(Analysis.created_at.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFoundProblem
    data = get_image(services().objects, found[0], sha256)
    audit.note(principal, "analysis.viewed", "analysis", found[0], organisation_id=found[1], part="image")
    db.session.commit()
    return data
