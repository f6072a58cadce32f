"""What one application carries besides its database: settings, objects, TorchServe, routes, jobs, scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from flask import current_app

from gateway.heavy import HeavyWork
from gateway.identity.errands import Errands
from gateway.identity.mail import Mailer
from gateway.identity.oidc import Provider
from gateway.jobs import Jobs
from gateway.objects import ObjectStore
from gateway.routing.board import RoutesBoard
from gateway.routing.liveness import Liveness
from gateway.routing.watching import CanaryWatch
from gateway.settings import Settings
from gateway.torchserve import TorchServe

_NAME = "ki67"


class ScoringPool(Protocol):
    """Scores images in this process while a request waits."""

    def score(self, analysis_ids: Sequence[str], wait_seconds: float) -> bool:
        """Score what can be scored in that time, leave the rest queued; tell whether there is none left."""

    def seconds_per_image(self) -> float | None:
        """Return how long an image takes just now; None where nothing was scored lately."""


@dataclass(frozen=True)
class Services:
    """The parts behind the views, each replaceable by another with the same methods."""

    settings: Settings
    objects: ObjectStore
    torchserve: TorchServe
    jobs: Jobs
    pool: ScoringPool
    heavy: HeavyWork
    mailer: Mailer
    errands: Errands
    oidc: Provider | None
    routes: RoutesBoard
    liveness: Liveness
    watch: CanaryWatch
    comparisons: Errands


def services() -> Services:
    """Return the current application's services."""
    return cast(Services, current_app.extensions[_NAME])


def settings() -> Settings:
    """Return the current application's settings."""
    return services().settings
