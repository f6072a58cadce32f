"""Whether more images may be taken: bounded in number, for each owner, and in time for who waits.

By Little's law what waits takes as long as one image does, times how many wait for each that is being scored.
"""

import math

from sqlalchemy import bindparam, func, select

from gateway.database import db
from gateway.extensions import services
from gateway.models import UNFINISHED, Analysis
from gateway.problems import BusyProblem, TooManyQueuedProblem
from gateway.tenancy import Principal
from gateway.uploads import Submission

_rows = Analysis.__table__.c
_COUNTS = select(
    func.count(),
    func.count().filter(_rows.owner_id == bindparam("owner")),
    func.count().filter(_rows.status == "running"),
).where(_rows.status.in_(UNFINISHED))
_LONGEST_PAUSE_SECONDS = 60


def check_backlog(principal: Principal, submission: Submission) -> None:
    """Refuse what could not be worked off in reasonable time; raises BusyProblem, TooManyQueuedProblem."""
    limits, count = services().settings, len(submission.images)
    waiting, own, running = db.session.execute(_COUNTS, {"owner": principal.user_id}).one()
    db.session.rollback()
    if waiting + count > limits.backlog_limit:
        raise BusyProblem("Too many images wait to be scored; try later.", retry_after_seconds=60)
    if own + count > limits.backlog_limit_owner:
        raise TooManyQueuedProblem(
            f"{own} of your images wait to be scored; let them finish first.", retry_after_seconds=30
        )
    if submission.wait_seconds > 0:
        _check_time(waiting, running)


def _check_time(waiting: int, running: int) -> None:
    """Refuse who asks to wait where the images before theirs take too long; unknown, everybody is taken."""
    seconds = services().pool.seconds_per_image()
    if seconds is None or not running:
        return
    too_long = waiting / running * seconds - services().settings.queue_limit_seconds
    if too_long > 0:
        pause = min(math.ceil(too_long), _LONGEST_PAUSE_SECONDS)
        raise BusyProblem("Too many wait for results just now; try again.", retry_after_seconds=pause)
