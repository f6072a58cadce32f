"""Annotates: a person's marks are scored against the reference, kept, and close their learning assignment.

The outcome shows the reference, so that who is to give a blind second opinion cannot annotate before it.
"""

from sqlalchemy import select

from gateway import audit
from gateway.corrections.layer import corrected_points
from gateway.database import db, new_id
from gateway.extensions import services
from gateway.learning.marks import points_of
from gateway.learning.matching import TooCrowdedError
from gateway.learning.schemas import AnnotationIn
from gateway.learning.scores import Comparison, Point, compare, outcome, scores
from gateway.models import OPEN_ASSIGNMENT, Analysis, Annotation, Assignment, Correction, Result
from gateway.opinions.assigning import close
from gateway.problems import BlindProblem, GatewayProblem
from gateway.results import current_result
from gateway.stored import get_nuclei
from gateway.tenancy import Principal, get_analysis


class TooCrowdedProblem(GatewayProblem):
    status, code, title = 422, "marks-too-crowded", "Too many marks lie on one spot"


def annotate(principal: Principal, analysis_id: str, sent: AnnotationIn) -> str:
    """Score marks and keep them, return the annotation's id.

    Raises NotFoundProblem, BlindProblem, NotScoredProblem, OutsideImageProblem or TooCrowdedProblem.
    """
    analysis = get_analysis(principal, analysis_id)
    assignment = _to_be_closed(principal, analysis)
    result = current_result(analysis)
    points = points_of(sent.marks, analysis.image_width_px, analysis.image_height_px)
    correction = db.session.get(Correction, (result.analysis_id, result.revision))
    compared = _compared(points, _reference(result, correction), sent.radius_um / result.mpp)
    row = Annotation(
        id=new_id(),
        analysis_id=analysis_id,
        author_id=principal.user_id,
        assignment_id=assignment.id if assignment else None,
        marks=[{"x": round(x, 2), "y": round(y, 2), "class": name} for x, y, name in points],
        reference="correction" if correction else "model",
        revision=result.revision,
        correction_version=correction.version if correction else None,
        radius_um=sent.radius_um,
        scores=scores(compared),
        outcome=outcome(compared, result.mpp),
    )
    return _kept(principal, analysis, assignment, row)


def _to_be_closed(principal: Principal, analysis: Analysis) -> Assignment | None:
    """Return the open assignment to learn; raises BlindProblem while a blind opinion is due."""
    opened = select(Assignment).where(
        Assignment.analysis_id == analysis.id,
        Assignment.assignee_id == principal.user_id,
        Assignment.status.in_(OPEN_ASSIGNMENT),
    )
    found = db.session.scalars(opened.order_by(Assignment.created_at)).all()
    if any(each.blind and each.purpose != "learning" for each in found):
        raise BlindProblem("Give your own opinion first; an annotation would show the result.")
    return next((each for each in found if each.purpose == "learning"), None)


def _reference(result: Result, correction: Correction | None) -> list[Point]:
    nuclei = get_nuclei(services().objects, result.nuclei_key)
    return corrected_points(nuclei, correction.edits if correction else {})


def _compared(points: list[Point], reference: list[Point], radius_px: float) -> Comparison:
    try:
        return compare(points, reference, radius_px)
    except TooCrowdedError as error:
        raise TooCrowdedProblem("Mark each nucleus once, or choose a smaller radius.") from error


def _kept(principal: Principal, analysis: Analysis, assignment: Assignment | None, row: Annotation) -> str:
    """Close the assignment and keep the annotation together; of two at the same moment one wins."""
    place = analysis.organisation_id
    if assignment:
        close(principal, assignment)
    db.session.add(row)
    audit.note(
        principal, "annotation.created", "annotation", row.id, organisation_id=place, analysis_id=analysis.id
    )
    db.session.commit()
    return row.id
