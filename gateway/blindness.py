"""What a blind reviewer must not see: while a blind assignment is open, no trace of the model's result.

Every way to a result leads through `visible_result`; lists take `is_blinded` as a column and a filter.
Being the owner's colleague or an administrator makes no difference.
"""

from sqlalchemy import ColumnElement, exists, select

from gateway.database import db
from gateway.models import OPEN_ASSIGNMENT, Analysis, Assignment, Result
from gateway.problems import BlindProblem
from gateway.results import current_result
from gateway.tenancy import Principal


def is_blinded(principal: Principal) -> ColumnElement[bool]:
    """Say which analyses the principal is to judge blind and has not judged yet."""
    to_judge = exists().where(
        Assignment.analysis_id == Analysis.id,
        Assignment.assignee_id == principal.user_id,
        Assignment.blind,
        Assignment.status.in_(OPEN_ASSIGNMENT),
    )
    return to_judge.correlate(Analysis)


def sees_blind(principal: Principal, analysis: Analysis) -> bool:
    """Tell whether the analysis' result is hidden from the principal."""
    return bool(db.session.scalar(select(is_blinded(principal)).where(Analysis.id == analysis.id)))


def check_sighted(principal: Principal, analysis: Analysis) -> None:
    """Refuse who is to judge the analysis blind and has not yet; raises BlindProblem."""
    if sees_blind(principal, analysis):
        raise BlindProblem("Give your own opinion first; the result is shown afterwards.")


def visible_result(principal: Principal, analysis: Analysis) -> Result:
    """Return the analysis' current result; raises BlindProblem or NotScoredProblem."""
    check_sighted(principal, analysis)
    return current_result(analysis)


def result_if_any(principal: Principal, analysis: Analysis) -> Result | None:
    """Return the analysis' current result, None before it has one; raises BlindProblem."""
    check_sighted(principal, analysis)
    return current_result(analysis) if analysis.current_revision else None
