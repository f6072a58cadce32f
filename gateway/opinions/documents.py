"""Contacts, assignments, reviews and agreement as the API shows them: rows in, documents out."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from flask import url_for
from sqlalchemy import select

from gateway.database import db, now
from gateway.documents import Document, timestamp
from gateway.models import OPEN_ASSIGNMENT, Assignment, Contact, Result, Review, User
from gateway.opinions.agreement import Comparison, PairAgreement, Rater, RecordComparison
from gateway.opinions.statistics import Opinion, category_agrees, index_difference, rounded

_TWO, _FOUR = 2, 4


def contact_document(row: Contact) -> Document:
    """Return a contact."""
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
    }


def assignment_documents(rows: Sequence[Assignment]) -> list[Document]:
    """Return assignments with who made them; whom an address belongs to is not told."""
    assigners = _users(row.assigner_id for row in rows)
    return [_assignment(row, assigners[row.assigner_id]) for row in rows]


def review_documents(rows: Sequence[Review], result: Result | None) -> list[Document]:
    """Return reviews beside the model's current result, None where there is none to show."""
    reviewers = _users(row.reviewer_id for row in rows)
    return [_review(row, reviewers[row.reviewer_id], result) for row in rows]


def record_agreement_document(analysis_id: str, compared: RecordComparison) -> Document:
    """Return every pair of opinions on one record."""
    order = [rater.id for rater in compared.raters]
    return {
        "analysis_id": analysis_id,
        "raters": [_rater(each) for each in compared.raters],
        "pairs": [_difference(pair, compared) for pair in combinations(order, 2)],
    }


def agreement_document(compared: Comparison) -> Document:
    """Return the statistics of every pair of raters."""
    return {
        "records": compared.records,
        "truncated": compared.truncated,
        "raters": [_rater(each) for each in compared.raters],
        "pairs": [_pair(each) for each in compared.pairs],
    }


def _users(identifiers: Iterable[str]) -> dict[str, User]:
    found = db.session.scalars(select(User).where(User.id.in_(set(identifiers))))
    return {user.id: user for user in found}


def _assignment(row: Assignment, assigner: User) -> Document:
    past = row.due_on is not None and row.due_on < now().date()
    return {
        "id": row.id,
        "analysis_id": row.analysis_id,
        "assigner": {"id": assigner.id, "name": assigner.name, "email": assigner.email},
        "assignee_email": row.assignee_email,
        "purpose": row.purpose,
        "blind": row.blind,
        "note": row.note,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "overdue": past and row.status in OPEN_ASSIGNMENT,
        "status": row.status,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
        "links": {
            "self": url_for("assignments.read", assignment_id=row.id),
            "analysis": url_for("analyses.read", analysis_id=row.analysis_id),
        },
    }


def _review(row: Review, reviewer: User, result: Result | None) -> Document:
    given = ("immunopositive", "immunonegative", "index_percent", "category", "agreement", "comment")
    return {
        "id": row.id,
        "analysis_id": row.analysis_id,
        "assignment_id": row.assignment_id,
        "reviewer": {"id": reviewer.id, "name": reviewer.name},
        "created_at": timestamp(row.created_at),
        "blind": row.blind,
        "revision": row.revision,
        **{name: getattr(row, name) for name in given},
        "comparison": _comparison(row, result) if result else None,
    }


def _comparison(row: Review, result: Result) -> Document:
    model = Opinion(result.index_percent, result.category)
    own = Opinion(row.index_percent, row.category)
    return {
        "revision": result.revision,
        "index_percent": result.index_percent,
        "category": result.category,
        "index_difference_percent": rounded(index_difference(model, own), _TWO),
        "category_agrees": category_agrees(model, own),
    }


def _rater(rater: Rater) -> Document:
    return {"id": rater.id, "name": rater.name}


def _difference(pair: tuple[str, str], compared: RecordComparison) -> Document:
    first, second = (compared.opinions[rater] for rater in pair)
    return {
        "first": pair[0],
        "second": pair[1],
        "index_difference_percent": rounded(index_difference(first, second), _TWO),
        "category_agrees": category_agrees(first, second),
    }


def _pair(pair: PairAgreement) -> Document:
    index, category = pair.index, pair.category
    limits = index.limits
    shown: dict[str, Any] = {
        "n": index.n,
        "mean_difference_percent": rounded(index.mean, _TWO),
        "sd_percent": rounded(index.sd, _TWO),
        "limits_percent": [rounded(limit, _TWO) for limit in limits] if limits else None,
    }
    kappas = {
        "n": category.n,
        "agreement_percent": rounded(category.agreement_percent, _TWO),
        "kappa": rounded(category.kappa, _FOUR),
        "kappa_linear": rounded(category.kappa_linear, _FOUR),
    }
    return {"first": pair.first, "second": pair.second, "index": shown, "category": kappas}
