"""Prometheus metrics: requests, scoring, refusals; and from the database, when asked, backlog and routes.

With several gunicorn processes the counts are shared through files (prometheus_client's multiprocess mode,
switched on by gunicorn.conf.py).
"""

import math
from collections.abc import Iterator

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass
from sqlalchemy import func, select

from gateway.database import db
from gateway.extensions import services
from gateway.models import UNFINISHED, Analysis
from gateway.routing.figures import RouteFigures
from gateway.routing.routes import Routes

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
REQUESTS = Counter("gateway_requests", "Requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("gateway_request_seconds", "Time to answer", ["route"], buckets=_SECONDS)
SCORING_SECONDS = Histogram(
    "gateway_scoring_seconds",
    "Time of a scoring attempt by version and outcome",
    ["version", "outcome"],
    buckets=_SECONDS,
)
SCORED = Counter("gateway_scored", "Scoring attempts by version and outcome", ["version", "outcome"])
ROUTED = Counter("gateway_routed", "Images accepted by version, and why that one", ["version", "chosen_by"])
FALLBACKS = Counter(
    "gateway_fallbacks", "Images that the default scored in another version's place", ["version", "reason"]
)
NOT_COMPARED = Counter("gateway_not_compared", "Images of the sample that could not be compared")
ACCEPTED = Counter("gateway_images_accepted", "Images stored for scoring")
REFUSED = Counter("gateway_images_refused", "Images refused, by problem", ["code"])


def note_scoring(routes: Routes, outcome: str, version: str, seconds: float) -> None:
    """Count an attempt."""
    label = _label(routes, version)
    SCORING_SECONDS.labels(label, outcome).observe(seconds)
    SCORED.labels(label, outcome).inc()


def note_fallback(routes: Routes, version: str, reason: str) -> None:
    """Count an image that another version was to score."""
    FALLBACKS.labels(_label(routes, version), reason).inc()


def _label(routes: Routes, version: str) -> str:
    """Return a version that is known, or `other`: labels stay few however many versions come and go."""
    return version if routes.knows(version) else "other"


class _Backlog(Collector):
    """Unfinished analyses by status as the rows are now, and the hints that the worker has not taken."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database."""
        by_status = GaugeMetricFamily("gateway_analyses", "Analyses by status", labels=["status"])
        unfinished = Analysis.status.in_(UNFINISHED)
        counted = select(Analysis.status, func.count()).where(unfinished).group_by(Analysis.status)
        found = {row[0]: row[1] for row in db.session.execute(counted)}
        for status in UNFINISHED:
            by_status.add_metric([status], found.get(status, 0))
        yield by_status
        yield GaugeMetricFamily("gateway_hints", "Hints that the worker has not taken", value=_hints())


def _hints() -> float:
    """Return how many hints wait; NaN where the queue does not answer."""
    try:
        return services().jobs.waiting()
    except Exception:  # sqlite3's, psycopg's: the other metrics are told all the same
        return math.nan


def render() -> Response:
    """Return all metrics in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(_Backlog())
    registry.register(RouteFigures())
    body = generate_latest(registry) + generate_latest(_counted())
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    """Return this process's registry, or all processes' where they share files."""
    if getattr(ValueClass, "_multiprocess", False):
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return shared
    return REGISTRY
