"""One analysis from its row to its recorded result: claim, fetch the image, ask TorchServe, record.

Which version is asked, and what happens where that one cannot, is `gateway.routing`'s.

Called by the gateway's own pool while a POST waits, and by the worker for everything that was left over.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway import claims, metrics
from gateway.claims import Claim
from gateway.database import db
from gateway.extensions import Services, services
from gateway.heartbeat import Heartbeat
from gateway.interface import tracing
from gateway.problems import StorageProblem
from gateway.results import result_of
from gateway.routing.asking import ask, standing
from gateway.routing.comparing import consider
from gateway.routing.routes import Routes
from gateway.stored import put_result, result_keys, result_prefix
from gateway.sweeping import tell_of_a_retry
from gateway.torchserve import Scored, ScoringAttemptError, TorchServeUnavailableError
from handler.errors import ProblemError

_log = structlog.get_logger("gateway")
_alone = threading.Lock()
"""What failed once is scored alone: an image that kills the model's worker then takes no others with it."""


class ScoringFailedProblem(ProblemError):  # noqa: N818 - the reader knows them as problems
    status, code, title = 500, "scoring-failed", "The image could not be scored"


def score_analysis(analysis_id: str, heartbeat: Heartbeat) -> bool:
    """Bring one analysis to its end, or leave it queued; nothing happens where another process has it.

    Tells whether its result was recorded here; otherwise its row tells what became of it.
    """
    routes = services().routes.current()
    held = claims.claim(analysis_id, services().settings.lease_seconds)
    if held is None:
        return False
    with heartbeat.keeping(held.token):
        if held.abandoned >= services().settings.abandoned_limit:
            _give_up(held, f"The process that scored it ended {held.abandoned} times before it was done")
            return False
        return _work_in_company(held, routes, services())


def _work_in_company(held: Claim, routes: Routes, parts: Services) -> bool:
    """Work, unless it is to be done alone and another is at that: no thread is held for waiting.

    Turned away it is due at once, for whoever is done next or for the sweeper's next round.
    """
    with _company(held) as welcome:
        if not welcome:
            claims.release(held, 0, counted=False)
            return False
        recorded = _work(standing(held, routes), routes, parts)
    if _is_suspicious(held):
        tell_of_a_retry(held.analysis_id)
    return recorded


def _work(held: Claim, routes: Routes, parts: Services) -> bool:
    """Score, and say how it went in trace, metrics and log."""
    started = time.monotonic()
    with tracing.scoring_span(held.analysis_id, held.model_version, held.attempts) as span:
        outcome, version = _outcome(held, routes, parts)
        kind = outcome.partition(":")[0]
        span.set_attributes({"ki67.outcome": kind, "ki67.model_version": version})
        seconds = time.monotonic() - started
        metrics.note_scoring(routes, kind, version, seconds)
        told = {"outcome": outcome, "version": version, "seconds": round(seconds, 3)}
        _log.info("scored", analysis_id=held.analysis_id, **told)
    return outcome == "succeeded"


def _outcome(held: Claim, routes: Routes, parts: Services) -> tuple[str, str]:
    """Bring the claim to its end; return a word for it, with a reason where there is one, and the version."""
    try:
        scored_by, scored = ask(held, routes, parts)
        recorded = _record(scored_by, parts, scored)
        if recorded:
            consider(parts, routes, scored_by, scored.answer)
        return "succeeded" if recorded else "superseded", scored_by.model_version
    except (TorchServeUnavailableError, StorageProblem) as error:
        claims.release(held, parts.settings.retry_seconds, counted=False)
        return f"queued: {error}", held.model_version
    except ProblemError as problem:
        return _settle(held, parts, problem), held.model_version
    except Exception as error:  # whatever it was, the analysis ends or stays queued
        return _try_again(held, parts, error), held.model_version


def _is_suspicious(held: Claim) -> bool:
    return held.attempts > 1 or held.abandoned > 0


@contextmanager
def _company(held: Claim) -> Iterator[bool]:
    """Keep suspicious images apart; False where another one is being scored."""
    suspicious = _is_suspicious(held)
    welcome = not suspicious or _alone.acquire(blocking=False)
    try:
        yield welcome
    finally:
        if suspicious and welcome:
            _alone.release()


def _record(held: Claim, parts: Services, scored: Scored) -> bool:
    nuclei_key, map_key = result_keys(held.analysis_id, held.token)
    result = result_of(scored.answer, held.analysis_id, 1, nuclei_key, map_key)
    put_result(parts.objects, held.analysis_id, held.token, scored.nuclei, scored.probability_map)
    if claims.record_result(held, result):
        return True
    parts.objects.delete_below(result_prefix(held.analysis_id, held.token))
    return False


def _settle(held: Claim, parts: Services, problem: ProblemError) -> str:
    """Record a problem of the image itself; one of ours is tried again."""
    if problem.status >= 500:
        return _try_again(held, parts, problem)
    claims.record_problem(held, problem.to_problem())
    return "failed"


def _try_again(held: Claim, parts: Services, error: Exception) -> str:
    """Queue for another attempt, or give up after the last; no more than its type is told."""
    db.session.rollback()
    reason = str(error) if isinstance(error, ScoringAttemptError) else type(error).__name__
    if held.attempts >= parts.settings.attempts_limit:
        _give_up(held, f"Scoring failed {held.attempts} times")
        return f"failed: {reason}"
    longest = min(parts.settings.backoff_limit_seconds, 2.0**held.attempts)
    delay = longest * random.uniform(0.5, 1)  # noqa: S311 - spreads attempts, hides nothing
    claims.release(held, delay, counted=True)
    return f"retried: {reason}"


def _give_up(held: Claim, reason: str) -> None:
    detail = f"{reason}; the image is kept and can be sent again."
    claims.record_problem(held, ScoringFailedProblem(detail).to_problem())
