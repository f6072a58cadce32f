"""Agreement: the records that somebody may see and is not blind to in, statistics of all pairs of raters out.

Everybody's latest review of a record counts, against the model's current result. Index differences are
the second rater's less the first's; the model comes first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import Select, and_, exists, not_, select

from gateway.blindness import is_blinded, result_if_any
from gateway.database import db
from gateway.models import Analysis, Result, Review, Tag, User
from gateway.opinions.schemas import AgreementQuery
from gateway.opinions.statistics import (
    CategoryAgreement,
    IndexAgreement,
    Opinion,
    category_agreement,
    index_agreement,
    paired,
)
from gateway.tenancy import Principal, get_analysis, visible_analyses

MODEL = "model"
RECORDS_LIMIT = 10_000
RATERS_LIMIT = 50
"""Those with the most records; 1,275 pairs with the model."""

Opinions = dict[str, dict[str, Opinion]]
"""By record, then by rater."""


@dataclass(frozen=True)
class Rater:
    """The model or a reviewer."""

    id: str
    name: str


@dataclass(frozen=True)
class PairAgreement:
    """Two raters over the records that both judged."""

    first: str
    second: str
    index: IndexAgreement
    category: CategoryAgreement


@dataclass(frozen=True)
class Comparison:
    """Every pair of raters over a set of records; `truncated` where there were more than the limits."""

    records: int
    truncated: bool
    raters: Sequence[Rater]
    pairs: Sequence[PairAgreement]


@dataclass(frozen=True)
class RecordComparison:
    """The raters of one record and what each said."""

    raters: Sequence[Rater]
    opinions: Mapping[str, Opinion]


def compare_record(principal: Principal, analysis_id: str) -> RecordComparison:
    """Return everybody's opinion on one record; raises BlindProblem."""
    analysis = get_analysis(principal, analysis_id)
    result = result_if_any(principal, analysis)
    reviews = _reviews().where(Review.analysis_id == analysis.id)
    opinions = _opinions(reviews).get(analysis.id, {})
    if result:
        opinions[MODEL] = Opinion(result.index_percent, result.category)
    return RecordComparison(_named(Counter(opinions.keys())), opinions)


def compare(principal: Principal, query: AgreementQuery) -> Comparison:
    """Return how well all raters agree over the records that the query selects."""
    chosen = _chosen(principal, query)
    found = db.session.scalars(chosen.limit(RECORDS_LIMIT + 1)).all()
    within = chosen.limit(RECORDS_LIMIT).subquery()
    reviews = _reviews().where(Review.analysis_id.in_(select(within.c.id)))
    opinions = _opinions(reviews if query.blind is None else reviews.where(Review.blind == query.blind))
    counted = Counter(rater for of_record in opinions.values() for rater in of_record)
    raters = _named(counted)
    truncated = len(found) > RECORDS_LIMIT or len(raters) < len(counted)
    return Comparison(len(opinions), truncated, raters, _pairs(opinions, raters, query.reviewer))


def _chosen(principal: Principal, query: AgreementQuery) -> Select[str]:
    """Select the ids of reviewed records that the principal sees with their result, newest first."""
    reviewed = exists().where(Review.analysis_id == Analysis.id)
    if query.blind is not None:
        reviewed = reviewed.where(Review.blind == query.blind)
    if query.reviewer:
        reviewed = reviewed.where(Review.reviewer_id == query.reviewer)
    chosen = visible_analyses(principal).where(reviewed, not_(is_blinded(principal)))
    if query.case_label is not None:
        chosen = chosen.where(Analysis.case_label == query.case_label)
    if query.tag is not None:
        tagged = exists().where(Tag.analysis_id == Analysis.id, Tag.name == query.tag)
        chosen = chosen.where(tagged)
    if query.created_from:
        chosen = chosen.where(Analysis.created_at >= datetime.combine(query.created_from, time.min, UTC))
    if query.created_to:
        chosen = chosen.where(Analysis.created_at <= datetime.combine(query.created_to, time.max, UTC))
    return chosen.with_only_columns(Analysis.id).order_by(Analysis.created_at.desc(), Analysis.id.desc())


def _reviews() -> Select[str, str, float | None, str | None, int | None, float | None, str | None]:
    """Select all reviews beside the current result, the latest last."""
    current = and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision)
    return (
        select(
            Review.analysis_id,
            Review.reviewer_id,
            Review.index_percent,
            Review.category,
            Result.revision,
            Result.index_percent,
            Result.category,
        )
        .join(Analysis, Analysis.id == Review.analysis_id)
        .outerjoin(Result, current)
        .order_by(Review.created_at, Review.id)
    )


def _opinions(
    reviews: Select[str, str, float | None, str | None, int | None, float | None, str | None],
) -> Opinions:
    found: Opinions = {}
    for (
        analysis_id,
        reviewer_id,
        index,
        category,
        revision,
        model_index,
        model_category,
    ) in db.session.execute(reviews):
        of_record = found.setdefault(analysis_id, {})
        of_record[reviewer_id] = Opinion(index, category)
        if revision is not None:
            of_record[MODEL] = Opinion(model_index, model_category)
    return found


def _named(counted: Counter[str]) -> list[Rater]:
    """Return the raters with the most records, the model first, then by name."""
    most = [rater for rater, _ in counted.most_common() if rater != MODEL][:RATERS_LIMIT]
    users = db.session.execute(select(User.id, User.name).where(User.id.in_(most)))
    people = sorted((Rater(user_id, name) for user_id, name in users), key=lambda each: (each.name, each.id))
    return [Rater(MODEL, MODEL), *people] if MODEL in counted else people


def _pairs(opinions: Opinions, raters: Sequence[Rater], reviewer: str | None) -> list[PairAgreement]:
    found = paired(opinions.values(), [rater.id for rater in raters])
    return [
        PairAgreement(*pair, index_agreement(both), category_agreement(both))
        for pair, both in found.items()
        if reviewer is None or reviewer in pair
    ]
