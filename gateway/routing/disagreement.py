"""What comparing two versions found, kept a row an image and told in sums only."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select

from gateway.database import db, now
from gateway.models import Comparison
from gateway.routing.judging import Difference, Disagreement

_NEWEST = 2_000
_KEPT = timedelta(days=30)


def keep(analysis_id: str, candidate: str, current: str, found: Difference | None) -> None:
    """Keep one comparison; without a difference the candidate failed."""
    db.session.add(
        Comparison(
            analysis_id=analysis_id,
            candidate=candidate,
            current=current,
            failed=found is None,
            index_points=found.index_points if found else None,
            category_changed=found.category_changed if found else None,
        )
    )
    db.session.commit()


def disagreement(candidate: str, current: str, since: datetime | None = None) -> Disagreement:
    """Return what the newest comparisons of a pair come to, at most 2,000 of them."""
    pair = (Comparison.candidate == candidate, Comparison.current == current)
    recent = (Comparison.at >= since,) if since else ()
    newest = select(Comparison).where(*pair, *recent).order_by(Comparison.at.desc()).limit(_NEWEST).subquery()
    points = func.abs(newest.c.index_points)
    row = db.session.execute(
        select(
            func.count().filter(newest.c.failed.is_(False)),
            func.count().filter(newest.c.failed),
            func.sum(case((newest.c.category_changed, 1), else_=0)),
            func.avg(points),
            func.max(points),
        )
    ).one()
    return Disagreement(row[0], row[1], row[2] or 0, row[3], row[4])


def forget_old_comparisons() -> int:
    """Delete comparisons older than 30 days; return how many."""
    gone = delete(Comparison).where(Comparison.at < now() - _KEPT).returning(Comparison.id)
    count = len(db.session.execute(gone.execution_options(synchronize_session=False)).all())
    db.session.commit()
    return count
