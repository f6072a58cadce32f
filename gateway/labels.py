"""What people call a record: case label and tags, changed only by who has seen the last state."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import CursorResult, delete, update

from gateway import audit
from gateway.database import db, now
from gateway.filters import TAGS_LIMIT
from gateway.models import Analysis, Tag, folded_names
from gateway.preconditions import PreconditionFailedProblem
from gateway.problems import GatewayProblem
from gateway.schemas import PLAIN
from gateway.tenancy import Principal

TAG_PATTERN = r"^[^\x00-\x1f\x7f,]*$"
TagName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=TAG_PATTERN)
]


def _unique(tags: list[str] | None) -> list[str] | None:
    return None if tags is None else sorted(set(tags))


class LabelsIn(BaseModel):
    """New case label and tags; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case_label": "S26-0417", "tags": ["breast"]}]}
    )

    case_label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = Field(
        None, max_length=100, pattern=PLAIN, description="null takes it away"
    )
    tags: Annotated[list[TagName] | None, AfterValidator(_unique)] = Field(
        None, max_length=TAGS_LIMIT, description="all tags; without commas"
    )


class InvalidTagsProblem(GatewayProblem):
    status, code, title = 422, "invalid-tags", "The tags cannot be used"

    def __init__(self) -> None:
        detail = f"At most {TAGS_LIMIT} tags of at most 50 characters, separated by commas."
        super().__init__(detail, errors=[{"pointer": "#/tags", "detail": detail}])


def labels_of_form(case_label: str | None, tags: str | None) -> LabelsIn:
    """Return the labels that a form gives, tags separated by commas; raises InvalidTagsProblem."""
    listed = [part for part in (tags or "").split(",") if part.strip()]
    try:
        return LabelsIn(case_label=(case_label or "").strip() or None, tags=listed)
    except ValidationError as error:
        raise InvalidTagsProblem from error


def change_labels(principal: Principal, analysis: Analysis, body: LabelsIn) -> None:
    """Change what is given; raises PreconditionFailedProblem where the record changed meanwhile."""
    given = sorted(name for name in body.model_fields_set if name == "case_label" or body.tags is not None)
    _update(analysis, _named(analysis, body.case_label) if "case_label" in given else {})
    if body.tags is not None:
        db.session.execute(delete(Tag).where(Tag.analysis_id == analysis.id))
        db.session.add_all(Tag(analysis_id=analysis.id, name=name) for name in body.tags)
    audit.note(principal, "analysis.labelled", "analysis", analysis.id, changed=given)
    db.session.commit()
    db.session.expire_all()


def _named(analysis: Analysis, case_label: str | None) -> dict[str, str | None]:
    return {"case_label": case_label, "search_text": folded_names(analysis.filename, case_label)}


def _update(analysis: Analysis, values: dict[str, str | None]) -> None:
    as_seen = Analysis.id == analysis.id, Analysis.updated_at == analysis.updated_at
    statement = update(Analysis).where(*as_seen).values(**values, updated_at=now())
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    if not (isinstance(outcome, CursorResult) and outcome.rowcount == 1):
        db.session.rollback()
        raise PreconditionFailedProblem("It was changed meanwhile; read it again.")
