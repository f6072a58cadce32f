"""Deletes an analysis: its row and its objects together, so that a failure leaves it whole to try again.

What a process killed in between leaves is found by the orphans' round.
"""

from sqlalchemy import String, cast, delete, select

from gateway.database import db
from gateway.extensions import services
from gateway.models import Analysis, IdempotencyKey
from gateway.objects import analysis_prefix


def delete_analysis(analysis: Analysis) -> None:
    """Delete row, results, image, everything drawn from it, and its file's name wherever it is kept."""
    analysis_id, owner_id = analysis.id, analysis.owner_id
    db.session.execute(delete(Analysis).where(Analysis.id == analysis_id))
    _forget_filename(analysis_id, owner_id)
    services().objects.delete_below(analysis_prefix(analysis_id))
    db.session.commit()


def _forget_filename(analysis_id: str, owner_id: str) -> None:
    """Take it out of what a repeated POST would be told."""
    mentioned = cast(IdempotencyKey.items, String).contains(analysis_id)
    for kept in db.session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.user_id == owner_id, mentioned)
    ):
        kept.items = [
            item | {"filename": ""} if item.get("analysis_id") == analysis_id else item
            for item in kept.items or []
        ]
