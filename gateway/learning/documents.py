"""Annotations as the API shows them."""

from typing import Any

from flask import url_for

from gateway.documents import timestamp
from gateway.learning.reading import Attempt


def summary_document(found: Attempt) -> dict[str, Any]:
    """Return an annotation without its marks and what became of them."""
    row = found.annotation
    return {
        "id": row.id,
        "analysis_id": row.analysis_id,
        "author_id": row.author_id,
        "assignment_id": row.assignment_id,
        "created_at": timestamp(row.created_at),
        "attempt": found.attempt,
        "blind": row.assignment_id is not None,
        "reference": row.reference,
        "revision": row.revision,
        "correction_version": row.correction_version,
        "radius_um": row.radius_um,
        "scores": row.scores,
        "links": {
            "self": url_for("annotations.read", annotation_id=row.id),
            "picture": url_for("annotations.picture", annotation_id=row.id),
            "analysis": url_for("analyses.read", analysis_id=row.analysis_id),
        },
    }


def annotation_document(found: Attempt) -> dict[str, Any]:
    """Return an annotation in full."""
    row = found.annotation
    return summary_document(found) | {"marks": row.marks, "outcome": row.outcome}
