"""Which analyses somebody asks for: a query's filters in, conditions on the tables out.

A record that is to be judged blind matches no filter that would tell of its result or its tags.

What a filter leaves only few of is found first (`few_ids`), whoever may see them: a list then looks at these,
where a rare value would lead it through everything that somebody may see. For that alone tags, case labels,
versions, and states that images seldom end in, have an index.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, func, not_, select, text

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.models import CATEGORIES, FAILURES, HAS_FAILED, STATUSES, Analysis, Result, Tag
from gateway.planning import unindexed
from gateway.problems import InvalidQueryProblem
from gateway.schemas import PLAIN, VERSION_PATTERN
from gateway.tenancy import Principal, is_assigned

TAGS_LIMIT = 20
_RARE = 1000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
_EXAMPLE = "2026-11-24T12:00:00Z"


class FilterQuery(BaseModel):
    """Filters; an analysis must match all that are given."""

    status: str | None = Field(None, max_length=200, description="one or several, separated by commas")
    category: str | None = Field(None, max_length=200, description="one or several, separated by commas")
    model_version: str | None = Field(None, pattern=VERSION_PATTERN)
    author: str | None = Field(
        None, max_length=32, pattern=PLAIN, description="whose: a user's id, or `me`", examples=["me"]
    )
    tag: str | None = Field(
        None,
        max_length=1100,
        pattern=PLAIN,
        description="one or several, separated by commas: all must be there",
    )
    case_label: str | None = Field(None, max_length=100, pattern=PLAIN, description="exactly this one")
    text: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="part of the filename or case label, in any case"
    )
    created_from: str | None = Field(
        None, max_length=40, description="RFC 3339, that moment or later", examples=[_EXAMPLE]
    )
    created_to: str | None = Field(None, max_length=40, description="RFC 3339, before that moment")
    assigned: bool | None = Field(None, description="true: assigned to you; false: not")


class ListQuery(FilterQuery):
    """Which analyses to list."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")


def conditions(principal: Principal, query: FilterQuery) -> list[ColumnElement[bool]]:
    """Return what an analysis must fulfil; raises InvalidQueryProblem."""
    return [*_record_conditions(principal, query), *_hidden_conditions(principal, query)]


def few_ids(query: FilterQuery) -> list[str] | None:
    """Return the ids of all that a rare one among the filters leaves; None where none of them is rare.

    Only candidates: conditions, and who may see them, are checked afterwards.
    """
    for selection in _selections(query):
        few = db.session.scalars(selection.limit(_RARE + 1)).all()
        if len(few) <= _RARE:
            return list(few)
    return None


def _selections(query: FilterQuery) -> Iterator[Select[str]]:
    """Yield what each filter leaves for which there is an index."""
    every = select(Analysis.id)
    for name in _tags(query.tag or ""):
        yield select(Tag.analysis_id).where(Tag.name == name)
    if query.case_label:
        yield every.where(Analysis.case_label == query.case_label)
    if query.model_version:
        yield every.where(Analysis.model_version == query.model_version)
    if query.status:
        chosen = _choices("status", query.status, STATUSES)
        if set(chosen) <= set(FAILURES):
            yield every.where(text(HAS_FAILED), Analysis.status.in_(chosen))


def _record_conditions(principal: Principal, query: FilterQuery) -> list[ColumnElement[bool]]:
    """Return the conditions on what a blind reviewer is shown too."""
    found: list[ColumnElement[bool]] = []
    if query.status:
        found.append(Analysis.status.in_(_choices("status", query.status, STATUSES)))
    if query.model_version:
        found.append(unindexed(Analysis.model_version == query.model_version))
    if query.author:
        found.append(Analysis.owner_id == (principal.user_id if query.author == "me" else query.author))
    if query.case_label:
        found.append(unindexed(Analysis.case_label == query.case_label))
    if query.text:
        found.append(_contains(query.text))
    if query.created_from:
        found.append(Analysis.created_at >= _moment("created_from", query.created_from))
    if query.created_to:
        found.append(Analysis.created_at < _moment("created_to", query.created_to))
    if query.assigned is False:
        found.append(not_(is_assigned(principal)))
    return found


def _hidden_conditions(principal: Principal, query: FilterQuery) -> list[ColumnElement[bool]]:
    """Return the conditions on result and tags, which a record to be judged blind never fulfils."""
    found: list[ColumnElement[bool]] = []
    if query.category:
        found.append(_has_category(_choices("category", query.category, CATEGORIES)))
    if query.tag:
        found += [_has_tag(name) for name in _tags(query.tag)]
    return [*found, not_(is_blinded(principal))] if found else []


def _has_category(categories: list[str]) -> ColumnElement[bool]:
    current = Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision
    return select(Result.revision).where(*current, Result.category.in_(categories)).exists()


def _has_tag(name: str) -> ColumnElement[bool]:
    return select(Tag.analysis_id).where(Tag.name == name, Tag.analysis_id == Analysis.id).exists()


def _contains(part: str) -> ColumnElement[bool]:
    """Look for the very letters; PostgreSQL puts a prepared LIKE's pattern together for each row."""
    place = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    return place(Analysis.search_text, part.casefold()) > 0


def _choices(name: str, listed: str, known: tuple[str, ...]) -> list[str]:
    chosen = [part.strip() for part in listed.split(",")]
    if not set(chosen) <= set(known):
        raise InvalidQueryProblem(name, f"{name} takes any of {', '.join(known)}, separated by commas.")
    return chosen


def _tags(listed: str) -> list[str]:
    chosen = {part.strip() for part in listed.split(",")} - {""}
    if len(chosen) > TAGS_LIMIT:
        raise InvalidQueryProblem("tag", f"At most {TAGS_LIMIT} tags can be asked for at once.")
    return sorted(chosen)


def _moment(name: str, written: str) -> datetime:
    try:
        if not _MOMENT.fullmatch(written):
            raise ValueError("not RFC 3339")
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidQueryProblem(name, f"{name} takes a moment such as {_EXAMPLE} (a + as %2B).") from error
