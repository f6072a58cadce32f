"""Notes that somebody looked at a record of somebody else, once they have been given it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from gateway import audit
from gateway.authentication import current_principal
from gateway.database import db
from gateway.models import Analysis

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")
VIEWED, EXPORTED = "analysis.viewed", "analysis.exported"


def notes_viewing(
    part: str, action: str = VIEWED
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Let a view of one analysis leave a note; an export leaves one whoever asks for it."""

    def decorate(view: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @wraps(view)
        def noted(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
            answer = view(*arguments, **named)
            seen = db.session.get(Analysis, str((request.view_args or {})["analysis_id"]))
            if seen is not None:
                note_viewing(seen, part, action)
            return answer

        return noted

    return decorate


def note_viewing(analysis: Analysis, part: str, action: str = VIEWED) -> None:
    """Leave a note that the principal was given a part of a record, unless it is their own."""
    principal, place = current_principal(), analysis.organisation_id
    if action == VIEWED and analysis.owner_id == principal.user_id:
        return
    audit.note_all(
        [audit.event(principal, action, "analysis", analysis.id, organisation_id=place, part=part)]
    )
    db.session.commit()
