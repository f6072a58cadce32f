"""A POST that may come twice: submission and `Idempotency-Key` in, the items it made, now or before, out.

    Submission, key -> room? -> completed by the organisation's settings -> key reserved -> submit -> items

Whether there is room is asked first: whoever is sent away has cost that question, and one for the key.
"""

from typing import Any

from gateway import idempotency
from gateway.backlog import check_backlog
from gateway.idempotency import Reservation
from gateway.organisations.defaults import with_defaults
from gateway.organisations.settings import get_organisation
from gateway.problems import BusyProblem, TooManyQueuedProblem
from gateway.submission import submit
from gateway.tenancy import Principal
from gateway.uploads import Submission, fingerprint

Items = list[dict[str, Any]]


def submit_once(principal: Principal, submission: Submission, key: str | None) -> Items:
    """Submit; with a key, a repetition gets what the first one made, whatever the defaults are now.

    Raises BusyProblem or TooManyQueuedProblem where there is no room, except for a repetition; and what
    `reserve` and `submit` raise.
    """
    try:
        check_backlog(principal, submission)
    except (BusyProblem, TooManyQueuedProblem):
        made = idempotency.made_before(principal, key, lambda: fingerprint(submission)) if key else None
        if made is None:
            raise
        return made
    return _submitted(principal, submission, key)


def _submitted(principal: Principal, submission: Submission, key: str | None) -> Items:
    completed = with_defaults(submission, get_organisation(principal, principal.organisation_id))
    if key is None:
        return submit(principal, completed, None)
    reserved = idempotency.reserve(principal, key, fingerprint(submission))
    if not isinstance(reserved, Reservation):
        return reserved
    try:
        return submit(principal, completed, reserved)
    except Exception:
        idempotency.abandon(reserved)
        raise
