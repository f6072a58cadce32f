"""Prometheus metrics: requests, scoring, refusals; and the backlog, read from the database when asked.

With several gunicorn processes the counts are shared through files (prometheus_client's multiprocess mode,
switched on by gunicorn.conf.py).
"""

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
from gateway.models import UNFINISHED, Analysis

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
REQUESTS = Counter("gateway_requests", "Requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("gateway_request_seconds", "Time to answer", ["route"], buckets=_SECONDS)
SCORING_SECONDS = Histogram(
    "gateway_scoring_seconds", "Time of a scoring attempt by its outcome", ["outcome"], buckets=_SECONDS
)
ACCEPTED = Counter("gateway_images_accepted", "Images stored for scoring")
REFUSED = Counter("gateway_images_refused", "Images refused, by problem", ["code"])


class _Backlog(Collector):
    """Analyses by status and by version, as the rows are now."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database."""
        by_status = GaugeMetricFamily("gateway_analyses", "Analyses by status", labels=["status"])
        unfinished = Analysis.status.in_(UNFINISHED)
        counted = select(Analysis.status, func.count()).where(unfinished).group_by(Analysis.status)
        found = {row[0]: row[1] for row in db.session.execute(counted)}
        for status in UNFINISHED:
            by_status.add_metric([status], found.get(status, 0))
        yield by_status


def render() -> Response:
    """Return all metrics in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(_Backlog())
    body = generate_latest(registry) + generate_latest(_counted())
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    """Return this process's registry, or all processes' where they share files."""
    if getattr(ValueClass, "_multiprocess", False):
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return shared
    return REGISTRY
