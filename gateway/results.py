"""Scored revisions as rows: the handler's answer in, a `Result` out; and new thresholds as a new revision."""

from dataclasses import replace
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from gateway.database import db, new_id, now
from gateway.extensions import services
from gateway.heavy import LOOKING
from gateway.models import Analysis, Result
from gateway.problems import ConflictProblem, NotScoredProblem
from gateway.stored import get_field, result_keys
from handler.answer import FieldAnalysis, to_message
from handler.decoding import decode
from handler.packing import pack_nuclei
from handler.quality import score_warnings
from handler.scoring import score
from handler.spec import Thresholds

_SCORE_WARNINGS = {"assumed_scale", "few_nuclei", "category_uncertain"}


def result_of(
    answer: dict[str, Any], analysis_id: str, revision: int, nuclei_key: str, map_key: str
) -> dict[str, Any]:
    """Return an answer as a row's columns; raises KeyError or TypeError where it is not the handler's."""
    return {
        "analysis_id": analysis_id,
        "revision": revision,
        "mpp": answer["scale"]["mpp"],
        "scale_source": answer["scale"]["source"],
        "weights_sha256": answer["model"]["weights_sha256"],
        "engine": answer["engine"],
        "thresholds": answer["thresholds"],
        "immunopositive": answer["counts"]["immunopositive"],
        "immunonegative": answer["counts"]["immunonegative"],
        "index_percent": answer["index_percent"],
        "index_interval_percent": answer["index_interval_percent"],
        "category": answer["category"],
        "category_certain": answer["category_certain"],
        "warnings": answer["warnings"],
        "nuclei_key": nuclei_key,
        "map_key": map_key,
    }


def current_result(analysis: Analysis) -> Result:
    """Return the revision that stands for the analysis; raises NotScoredProblem before it has one."""
    if analysis.current_revision is None:
        raise NotScoredProblem(f"The analysis is {analysis.status}.")
    return db.session.get_one(Result, (analysis.id, analysis.current_revision))


def rescored_message(result: Result, thresholds: Thresholds) -> dict[str, Any]:
    """Decode the stored probability map with new thresholds; the network does not run."""
    with services().heavy.slot(LOOKING):
        field = get_field(services().objects, result.nuclei_key, result.map_key)
        return to_message(_decoded_again(field, thresholds))


def save_revision(analysis: Analysis, result: Result, message: dict[str, Any]) -> Result:
    """Keep a rescored message as the analysis' next and current revision; raises ConflictProblem."""
    objects, revision = services().objects, result.revision + 1
    nuclei_key, _ = result_keys(analysis.id, new_id())
    objects.put(nuclei_key, pack_nuclei(message))
    columns = result_of(message["answer"], analysis.id, revision, nuclei_key, result.map_key)
    following = Result(**columns)
    db.session.execute(
        update(Analysis).where(Analysis.id == analysis.id).values(current_revision=revision, updated_at=now())
    )
    db.session.add(following)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        objects.delete_below(nuclei_key.rpartition("/")[0])
        raise ConflictProblem("Another request scored it again at the same moment; look again.") from error
    return following


def _decoded_again(field: FieldAnalysis, thresholds: Thresholds) -> FieldAnalysis:
    decoded = decode(field.probability, field.decoding, thresholds)
    scored = score(decoded.nuclei, thresholds.category_boundaries_percent)
    of_image = tuple(warning for warning in field.warnings if warning.code not in _SCORE_WARNINGS)
    warnings = score_warnings(field.scale, scored) + of_image
    return replace(field, decoded=decoded, score=scored, thresholds=thresholds, warnings=warnings)
