"""Deletes an analysis: first the row, so that nobody finds it, then its objects."""

from sqlalchemy import delete

from gateway.database import db
from gateway.extensions import services
from gateway.models import Analysis
from gateway.objects import analysis_prefix


def delete_analysis(analysis: Analysis) -> None:
    """Delete row, results, image and everything drawn from it."""
    analysis_id = analysis.id
    db.session.execute(delete(Analysis).where(Analysis.id == analysis_id))
    db.session.commit()
    services().objects.delete_below(analysis_prefix(analysis_id))
