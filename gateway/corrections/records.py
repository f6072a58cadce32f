"""Corrections as rows: edits in, a layer with its own score above one revision out.

An analysis shows its newest layer; it is stale where the analysis has been scored again since. The model's
result is never touched, and two people never overwrite each other: every step is conditional.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.corrections.layer import Edits, Layer, corrected_nuclei, corrected_points, model_layer
from gateway.corrections.schemas import CorrectionIn
from gateway.database import db, now
from gateway.extensions import services
from gateway.models import Analysis, Correction, Result
from gateway.preconditions import PreconditionFailedProblem
from gateway.problems import GatewayProblem, NotFoundProblem
from gateway.stored import get_nuclei
from gateway.tenancy import Principal
from handler.answer import FieldAnalysis, score_to_answer
from handler.nuclei import CLASS_NAMES, IMMUNOPOSITIVE
from handler.scoring import score_counts

_CHANGED = "It was changed meanwhile; read it again."


class EditsProblem(GatewayProblem):
    status, code, title = 422, "invalid-edits", "The edits do not fit the nuclei"

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": f"#/{name}", "detail": detail}])


class NotCorrectedProblem(GatewayProblem):
    status, code, title = 409, "not-corrected", "The current revision has no corrections"


def shown_correction(analysis: Analysis) -> Correction | None:
    """Return the newest layer."""
    return analysis.corrections[-1] if analysis.corrections else None


def get_correction(analysis: Analysis) -> Correction:
    """Return the newest layer; raises NotFoundProblem."""
    found = shown_correction(analysis)
    if found is None:
        raise NotFoundProblem
    return found


def current_edits(result: Result) -> Edits | None:
    """Return what was changed by hand in that revision; None where nothing was."""
    key = Correction.analysis_id == result.analysis_id, Correction.revision == result.revision
    return db.session.scalar(select(Correction.edits).where(*key))


def chosen_layer(result: Result, field: FieldAnalysis, name: str) -> Layer:
    """Return the model's or the corrected layer of a field; raises NotCorrectedProblem."""
    if name == "model":
        return model_layer(field.decoded.nuclei)
    edits = current_edits(result)
    if edits is None:
        raise NotCorrectedProblem("Nobody has corrected this revision by hand; ask for the model's layer.")
    return corrected_nuclei(field.decoded.nuclei, edits, field.scale.mpp)


def correction_etag(correction: Correction) -> str:
    """Return a tag that no other state of the layer ever has, even after it was deleted and made again."""
    changed = int(correction.updated_at.timestamp() * 1e6)
    return f'"{correction.analysis_id}-{correction.revision}-{correction.version}-{changed}"'


def save_correction(
    principal: Principal, analysis: Analysis, result: Result, edits: CorrectionIn
) -> Correction:
    """Make or replace the layer above the current revision; or raises what forbids it."""
    if edits.revision != result.revision:
        raise PreconditionFailedProblem(f"The analysis is at revision {result.revision} now; read it again.")
    values = _scored(analysis, result, edits)
    _touch(analysis, result.revision)
    before = shown_correction(analysis)
    replaced = before if before and before.revision == result.revision else None
    version = _replace(replaced, principal, values) if replaced else _add(principal, result, values)
    audit.note(
        principal, "correction.saved", "analysis", analysis.id, revision=result.revision, version=version
    )
    _commit()
    return get_correction(analysis)


def delete_correction(principal: Principal, analysis: Analysis, correction: Correction) -> None:
    """Delete that layer; raises PreconditionFailedProblem where somebody changed it meanwhile."""
    _change(delete(Correction).where(*_as_seen(correction)))
    _touch(analysis, analysis.current_revision)
    audit.note(principal, "correction.deleted", "analysis", analysis.id, revision=correction.revision)
    _commit()


def _scored(analysis: Analysis, result: Result, edits: CorrectionIn) -> dict[str, Any]:
    """Return the columns that follow from the edits; raises EditsProblem."""
    nuclei = get_nuclei(services().objects, result.nuclei_key)
    _check(edits, len(nuclei), analysis)
    kept = edits.to_edits()
    classes = [name for _, _, name in corrected_points(nuclei, kept)]
    positive = classes.count(CLASS_NAMES[IMMUNOPOSITIVE])
    lower, upper = result.thresholds["category_boundaries_percent"]
    answer = score_to_answer(score_counts(positive, len(classes) - positive, (lower, upper)))
    counts = answer.pop("counts")
    counted = {name: counts[name] for name in ("immunopositive", "immunonegative")}
    return {"edits": kept, **counted, **answer}


def _check(edits: CorrectionIn, count: int, analysis: Analysis) -> None:
    relabelled = [each.nucleus for each in edits.relabelled]
    for name, places in (("removed", edits.removed), ("relabelled", relabelled)):
        if any(place >= count for place in places):
            raise EditsProblem(name, f"The revision has {count} nuclei; their places begin at 0.")
    if _repeated([*edits.removed, *relabelled]):
        raise EditsProblem("removed", "A nucleus is removed or relabelled, and once.")
    width, height = analysis.image_width_px, analysis.image_height_px
    if any(each.x > width - 0.5 or each.y > height - 0.5 for each in edits.added):
        raise EditsProblem("added", f"The image is {width} x {height} pixels.")


def _repeated(places: Sequence[int]) -> bool:
    return len(set(places)) < len(places)


def _touch(analysis: Analysis, revision: int | None) -> None:
    """Note that the record changed, where it still has that revision."""
    _change(
        update(Analysis)
        .where(Analysis.id == analysis.id, Analysis.current_revision == revision)
        .values(updated_at=now())
    )


def _replace(before: Correction, principal: Principal, values: dict[str, Any]) -> int:
    changed = values | {"author_id": principal.user_id, "updated_at": now(), "version": before.version + 1}
    _change(update(Correction).where(*_as_seen(before)).values(**changed))
    return before.version + 1


def _add(principal: Principal, result: Result, values: dict[str, Any]) -> int:
    db.session.add(
        Correction(
            analysis_id=result.analysis_id,
            revision=result.revision,
            version=1,
            author_id=principal.user_id,
            **values,
        )
    )
    return 1


def _as_seen(correction: Correction) -> tuple[Any, ...]:
    return (
        Correction.analysis_id == correction.analysis_id,
        Correction.revision == correction.revision,
        Correction.version == correction.version,
        Correction.updated_at == correction.updated_at,
    )


def _change(statement: Update | Delete) -> None:
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    if not (isinstance(outcome, CursorResult) and outcome.rowcount == 1):
        db.session.rollback()
        raise PreconditionFailedProblem(_CHANGED)


def _commit() -> None:
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise PreconditionFailedProblem(_CHANGED) from error
    db.session.expire_all()
