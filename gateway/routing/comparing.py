"""Scores an image by a second version once the first has answered, and keeps only how they differ.

    a recorded result -> in the sample? -> one thread of this process, a bounded queue -> a row, a verdict

No answer waits for it, nothing fails by it: what the queue has no room for is not compared, and what a killed
process had in it is lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway import metrics
from gateway.claims import Claim
from gateway.extensions import Services, services
from gateway.objects import get_image
from gateway.problems import BusyProblem, GatewayProblem
from gateway.routing.choosing import Choice, Pair, to_compare
from gateway.routing.disagreement import disagreement, keep
from gateway.routing.hashes import is_without_hash, learn
from gateway.routing.judging import Difference, Finding, Verdict, difference, judge_disagreement
from gateway.routing.routes import Routes
from gateway.routing.withdrawing import withdraw
from gateway.torchserve import ImageProblemError, ScoringAttemptError, TorchServeUnavailableError


@dataclass(frozen=True)
class Subject:
    """An image that one version has scored, what that found, and which version is still to look at it."""

    analysis_id: str
    image_sha256: str
    options: Mapping[str, str]
    pair: Pair
    found: Finding


def consider(parts: Services, routes: Routes, held: Claim, answer: Mapping[str, Any]) -> None:
    """Have a scored image compared where it is in the sample, and the version's hash noted if it is new."""
    choice = Choice(held.model_version, held.chosen_by or "")
    pair = to_compare(routes, choice, held.image_sha256, parts.settings.canary_compared_percent)
    if pair is not None:
        subject = Subject(held.analysis_id, held.image_sha256, held.options, pair, _finding(answer))
        later(parts, compare, subject)
    if is_without_hash(routes, held.model_version):
        later(parts, learn, held.model_version, answer)


def later(parts: Services, work: Callable[..., None], *arguments: Any) -> None:
    """Do it after the answer; where too much waits it is left."""
    try:
        parts.comparisons.run(work, *arguments)
    except BusyProblem:
        metrics.NOT_COMPARED.inc()


def compare(subject: Subject) -> None:
    """Score by the other version and keep how they differ; withdraw a canary that differs too much."""
    pair = subject.pair
    try:
        outcome = _outcome(subject)
    except (TorchServeUnavailableError, ScoringAttemptError, ImageProblemError, GatewayProblem):
        metrics.NOT_COMPARED.inc()
        return
    keep(subject.analysis_id, pair.candidate, pair.current, outcome)
    _judge(pair)


def _outcome(subject: Subject) -> Difference | None:
    """Return how the versions differ, None where the candidate fails on what the current one scored.

    Raises what says nothing about the candidate.
    """
    candidate_is_asked = subject.pair.other == subject.pair.candidate
    try:
        other = _finding(_ask(subject))
    except (ScoringAttemptError, ImageProblemError):
        if candidate_is_asked:
            return None
        raise
    return difference(other, subject.found) if candidate_is_asked else difference(subject.found, other)


def _ask(subject: Subject) -> Mapping[str, Any]:
    parts = services()
    image = get_image(parts.objects, subject.analysis_id, subject.image_sha256)
    return parts.torchserve.score(image, subject.options, subject.pair.other, subject.analysis_id).answer


def _judge(pair: Pair) -> None:
    routes = services().routes.current()
    if routes.canary is None or routes.canary.version != pair.candidate:
        return
    found = disagreement(pair.candidate, pair.current, routes.canary_since)
    verdict = judge_disagreement(found, services().settings.canary_limits)
    if verdict is not None:
        withdraw(pair.candidate, verdict)


def note_failure(analysis_id: str, candidate: str, current: str, verdict: Verdict | None) -> None:
    """Keep that a canary failed on what the default scored; withdraw it where there is a verdict."""
    if verdict is not None:
        withdraw(candidate, verdict)
    keep(analysis_id, candidate, current, None)


def _finding(answer: Mapping[str, Any]) -> Finding:
    return Finding(answer["index_percent"], answer["category"])
