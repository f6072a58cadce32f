"""Reviews: an opinion in, kept for ever; a blind reviewer's closes their assignment and shows the result.

Under an assignment there is one review, also when two arrive at the same moment. Owners and administrators
may give their opinion without having been asked.
"""

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.blindness import check_sighted
from gateway.database import db, new_id
from gateway.models import OPEN_ASSIGNMENT, Analysis, Assignment, Organisation, Result, Review
from gateway.opinions.assigning import close
from gateway.opinions.paging import Rows, newest
from gateway.opinions.problems import AlreadyReviewedProblem, AssignedToLearnProblem, UnseenResultProblem
from gateway.opinions.schemas import PageQuery, ReviewIn
from gateway.results import current_result
from gateway.tenancy import Principal, get_analysis
from handler.options import parse_thresholds
from handler.scoring import score_counts
from handler.spec import Thresholds

_TWO_DECIMALS = 2
_BOUNDARIES = "category_boundaries_percent"


def give_review(principal: Principal, analysis_id: str, given: ReviewIn) -> tuple[Analysis, Review]:
    """Keep an opinion and close the assignment it answers.

    Raises AlreadyReviewedProblem, AssignedToLearnProblem, UnseenResultProblem or ImpossibleStepProblem.
    """
    analysis = get_analysis(principal, analysis_id)
    assignment = _open_assignment(principal, analysis)
    result = current_result(analysis) if analysis.current_revision else None
    _check(principal, analysis, assignment, given, result)
    row = _review(principal, analysis, assignment, given, result)
    if assignment:
        close(principal, assignment)
    db.session.add(row)
    audit.note(
        principal,
        "review.given",
        "review",
        row.id,
        organisation_id=analysis.organisation_id,
        analysis_id=analysis.id,
        blind=row.blind,
    )
    _commit(principal, analysis_id)
    return analysis, row


def list_reviews(principal: Principal, analysis_id: str, page: PageQuery) -> tuple[Analysis, Rows[Review]]:
    """Return a record and one page of its reviews; raises BlindProblem."""
    analysis = get_analysis(principal, analysis_id)
    check_sighted(principal, analysis)
    return analysis, newest(select(Review).where(Review.analysis_id == analysis.id), Review, page)


def _open_assignment(principal: Principal, analysis: Analysis) -> Assignment | None:
    return db.session.scalar(
        select(Assignment).where(
            Assignment.analysis_id == analysis.id,
            Assignment.assignee_id == principal.user_id,
            Assignment.status.in_(OPEN_ASSIGNMENT),
        )
    )


def _check(
    principal: Principal,
    analysis: Analysis,
    assignment: Assignment | None,
    given: ReviewIn,
    result: Result | None,
) -> None:
    if assignment is None and _has_answered(principal, analysis):
        raise AlreadyReviewedProblem("A review is never changed; its owner can ask you again.")
    if assignment and assignment.purpose == "learning":
        raise AssignedToLearnProblem("Mark the nuclei you see; that answers it.")
    if given.agreement and assignment and assignment.blind:
        raise UnseenResultProblem("The result is hidden from you until your own opinion is in.")
    if given.agreement and result is None:
        raise UnseenResultProblem("There is no result yet.")


def _has_answered(principal: Principal, analysis: Analysis) -> bool:
    """Tell whether they were asked and answered: a repeated request must not make a second opinion."""
    answered = exists().where(
        Review.analysis_id == analysis.id,
        Review.reviewer_id == principal.user_id,
        Review.assignment_id.is_not(None),
    )
    return bool(db.session.scalar(select(answered)))


def _review(
    principal: Principal,
    analysis: Analysis,
    assignment: Assignment | None,
    given: ReviewIn,
    result: Result | None,
) -> Review:
    index, category = _index_and_category(analysis, given, result)
    return Review(
        id=new_id(),
        analysis_id=analysis.id,
        assignment_id=assignment.id if assignment else None,
        reviewer_id=principal.user_id,
        blind=bool(assignment and assignment.blind),
        revision=analysis.current_revision,
        immunopositive=given.immunopositive,
        immunonegative=given.immunonegative,
        index_percent=index,
        category=category,
        agreement=given.agreement,
        comment=given.comment,
    )


def _index_and_category(
    analysis: Analysis, given: ReviewIn, result: Result | None
) -> tuple[float | None, str | None]:
    if given.immunopositive is None or given.immunonegative is None:
        return None, given.category
    counted = score_counts(given.immunopositive, given.immunonegative, _boundaries_percent(analysis, result))
    index = counted.index_percent
    rounded = None if index is None else round(index, _TWO_DECIMALS)
    return rounded, given.category or counted.category


def _boundaries_percent(analysis: Analysis, result: Result | None) -> tuple[float, float]:
    """Return the boundaries that the record was scored with, or will be."""
    if result:
        lower, upper = result.thresholds[_BOUNDARIES]
        return lower, upper
    organisation = db.session.get_one(Organisation, analysis.organisation_id)
    lower, upper = organisation.category_boundaries_percent or Thresholds.category_boundaries_percent
    known = Thresholds(category_boundaries_percent=(lower, upper))
    asked = {name: value for name, value in analysis.options.items() if name == _BOUNDARIES}
    return parse_thresholds(asked, known).category_boundaries_percent


def _commit(principal: Principal, analysis_id: str) -> None:
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        get_analysis(principal, analysis_id)  # deleted meanwhile: 404
        raise AlreadyReviewedProblem("Your review of it arrived a moment ago.") from error
