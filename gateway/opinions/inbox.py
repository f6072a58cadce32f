"""Assignments to look at: one's own, and those of records that one may change.

Who is to judge a record blind sees of its assignments only their own: a note to a colleague may tell.
"""

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.models import Analysis, Assignment
from gateway.opinions.paging import Rows, newest
from gateway.opinions.schemas import AssignmentsQuery, PageQuery
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal, get_analysis, may_change


def get_assignment(principal: Principal, assignment_id: str) -> Assignment:
    """Return one assignment; raises NotFoundProblem where it is not there or not theirs to see."""
    shown = _with_records().where(or_(_asked(principal), _answers_for(principal)))
    found = db.session.scalar(shown.where(Assignment.id == assignment_id))
    if found is None:
        raise NotFoundProblem
    return found


def list_inbox(principal: Principal, query: AssignmentsQuery) -> Rows[Assignment]:
    """Return one page of what was asked of the principal, or by them."""
    if query.role == "assignee":
        rows = select(Assignment).where(_asked(principal))
    else:
        made = Assignment.assigner_id == principal.user_id
        rows = _with_records().where(made, _answers_for(principal))
    if query.status:
        rows = rows.where(Assignment.status.in_(query.status.split(",")))
    if query.purpose:
        rows = rows.where(Assignment.purpose == query.purpose)
    return newest(rows, Assignment, query)


def list_of_record(principal: Principal, analysis_id: str, page: PageQuery) -> Rows[Assignment]:
    """Return one page of a record's assignments that the principal may see."""
    analysis = get_analysis(principal, analysis_id)
    shown = or_(_asked(principal), _answers_for(principal))
    return newest(_with_records().where(Analysis.id == analysis.id, shown), Assignment, page)


def _with_records() -> Select[Assignment]:
    return select(Assignment).join(Analysis, Analysis.id == Assignment.analysis_id)


def _asked(principal: Principal) -> ColumnElement[bool]:
    return Assignment.assignee_id == principal.user_id


def _answers_for(principal: Principal) -> ColumnElement[bool]:
    return and_(may_change(principal), not_(is_blinded(principal)))
