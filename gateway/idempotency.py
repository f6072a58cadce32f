"""`Idempotency-Key`: a repeated POST is told what its first one made, and makes nothing itself.

The key is reserved before anything is stored; the items it made are committed together with their rows, so
a process killed in between leaves either nothing or everything, and a repetition finds the same records.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, Update, delete, select, update
from sqlalchemy.exc import IntegrityError

from gateway.database import db, new_id, now
from gateway.models import IdempotencyKey
from gateway.problems import IdempotencyInFlightProblem, IdempotencyMismatchProblem
from gateway.tenancy import Principal

LEASE = timedelta(minutes=2)
"""Longer than storing one image lasts, and each renews it; afterwards its process counts as killed."""


@dataclass(frozen=True)
class Reservation:
    """The right to answer first under a key."""

    id: str


def reserve(principal: Principal, key: str, fingerprint: str) -> Reservation | list[dict[str, Any]]:
    """Reserve a key, or return the items that the first request made.

    Raises IdempotencyMismatchProblem or IdempotencyInFlightProblem.
    """
    row = IdempotencyKey(
        id=new_id(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
        key=key,
        fingerprint=fingerprint,
        lease_expires_at=now() + LEASE,
    )
    reservation = Reservation(row.id)
    try:
        db.session.add(row)
        db.session.commit()
        return reservation
    except IntegrityError:
        db.session.rollback()
    return _answer_from(principal, key, fingerprint)


def made_before(
    principal: Principal, key: str, fingerprint: Callable[[], str]
) -> list[dict[str, Any]] | None:
    """Return the items that the first request with that key made, None where there are none yet.

    Raises IdempotencyMismatchProblem.
    """
    first = _first(principal, key)
    return _items(first, fingerprint()) if first else None


def renew(reservation: Reservation) -> None:
    """Keep the right for as long again; raises IdempotencyInFlightProblem where it was lost."""
    if not _changed(_of(reservation).values(lease_expires_at=now() + LEASE)):
        raise _taken_over()
    db.session.commit()


def keep_items(reservation: Reservation, items: list[dict[str, Any]]) -> None:
    """Keep what the request made; the caller commits."""
    if not _changed(_of(reservation).values(items=items)):
        raise _taken_over()


def abandon(reservation: Reservation) -> None:
    """Give the key back where nothing was made, so that a repetition is a first attempt."""
    db.session.rollback()
    unused = delete(IdempotencyKey).where(IdempotencyKey.id == reservation.id, IdempotencyKey.items.is_(None))
    db.session.execute(unused)
    db.session.commit()


def _answer_from(principal: Principal, key: str, fingerprint: str) -> Reservation | list[dict[str, Any]]:
    first = _first(principal, key)
    if first is None:
        raise IdempotencyInFlightProblem("The key was just given back; try again.", retry_after_seconds=1)
    items = _items(first, fingerprint)
    if items is not None:
        return items
    if first.lease_expires_at < now():
        return _take_over(first)
    raise IdempotencyInFlightProblem("The first request's images are not stored yet.", retry_after_seconds=5)


def _items(first: IdempotencyKey, fingerprint: str) -> list[dict[str, Any]] | None:
    if first.fingerprint != fingerprint:
        raise IdempotencyMismatchProblem("This Idempotency-Key was used with other images or options.")
    return first.items


def _first(principal: Principal, key: str) -> IdempotencyKey | None:
    return db.session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.user_id == principal.user_id,
            IdempotencyKey.organisation_id == principal.organisation_id,
            IdempotencyKey.key == key,
        )
    )


def _take_over(first: IdempotencyKey) -> Reservation:
    """Continue for a process that was killed before it made anything; only one of several may."""
    taken = new_id()
    change = update(IdempotencyKey).where(IdempotencyKey.id == first.id, IdempotencyKey.items.is_(None))
    if not _changed(change.values(id=taken, lease_expires_at=now() + LEASE)):
        raise _taken_over()
    db.session.commit()
    return Reservation(taken)


def _taken_over() -> IdempotencyInFlightProblem:
    return IdempotencyInFlightProblem("Another request with this key took over.", retry_after_seconds=5)


def _of(reservation: Reservation) -> Update:
    return update(IdempotencyKey).where(IdempotencyKey.id == reservation.id)


def _changed(statement: Update) -> bool:
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1
