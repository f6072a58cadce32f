"""Asks TorchServe for the version that an analysis is to be scored by, and for the default where that cannot.

What nobody asked for by name never fails an image: a canary that is gone, busy, refuses or fails gives way to
the default at once, and the record says so. A wish waits, as the default does.
"""

from dataclasses import replace

import structlog

from gateway import claims, metrics
from gateway.claims import Claim
from gateway.extensions import Services
from gateway.objects import get_image
from gateway.routing.choosing import FALLBACK, Choice, may_fall_back, still_stands
from gateway.routing.comparing import later, note_failure
from gateway.routing.routes import Routes
from gateway.torchserve import (
    ImageProblemError,
    Scored,
    ScoringAttemptError,
    VersionBusyError,
    VersionMissingError,
)

_log = structlog.get_logger("gateway.routing")
_WHY: dict[type[Exception], str] = {
    VersionMissingError: "missing",
    VersionBusyError: "busy",
    ScoringAttemptError: "failed",
    ImageProblemError: "refused",
}
_BLAMED = (ScoringAttemptError, ImageProblemError)
"""What a canary is to blame for, if the default can score the image; the others pass by themselves."""


def standing(held: Claim, routes: Routes) -> Claim:
    """Return the claim as it is, or with the default where its version is gone."""
    if still_stands(routes, _choice(held)):
        return held
    return _fallen_back(held, routes, "gone")


def ask(held: Claim, routes: Routes, parts: Services) -> tuple[Claim, Scored]:
    """Score and return the claim with the version that did; raises the errors of `gateway.torchserve`."""
    image = get_image(parts.objects, held.analysis_id, held.image_sha256)
    if not may_fall_back(routes, _choice(held)):
        return held, _scored(held, image, parts)
    try:
        scored = _scored(held, image, parts)
    except tuple(_WHY) as failure:
        return _by_default(held, routes, parts, image, failure)
    _note_canary(held, routes, parts, failed=False)
    return held, scored


def _by_default(
    held: Claim, routes: Routes, parts: Services, image: bytes, failure: Exception
) -> tuple[Claim, Scored]:
    """Score by the default; a canary is blamed only for what the default then can."""
    following = _fallen_back(held, routes, _WHY[type(failure)])
    scored = _scored(following, image, parts)
    if isinstance(failure, _BLAMED):
        _note_canary(held, routes, parts, failed=True)
    return following, scored


def _note_canary(held: Claim, routes: Routes, parts: Services, *, failed: bool) -> None:
    if routes.canary is None or held.model_version != routes.canary.version:
        return
    verdict = parts.watch.note(routes, failed=failed)
    if failed:
        later(parts, note_failure, held.analysis_id, held.model_version, routes.default, verdict)


def _scored(held: Claim, image: bytes, parts: Services) -> Scored:
    scored = parts.torchserve.score(image, held.options, held.model_version, held.analysis_id)
    parts.liveness.note_scored(held.model_version)
    return scored


def _fallen_back(held: Claim, routes: Routes, reason: str) -> Claim:
    """Give the analysis to the default, in its row too."""
    claims.give_to(held, routes.default, FALLBACK)
    metrics.note_fallback(routes, held.model_version, reason)
    _log.info(
        "fell_back",
        analysis_id=held.analysis_id,
        version=routes.default,
        instead_of=held.model_version,
        reason=reason,
    )
    return replace(held, model_version=routes.default, chosen_by=FALLBACK)


def _choice(held: Claim) -> Choice:
    return Choice(held.model_version, held.chosen_by or "")
