"""The routes as Prometheus metrics, from the database: the same from every process, and over restarts."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from gateway.database import db
from gateway.extensions import services
from gateway.models import CanaryWithdrawal
from gateway.routing.disagreement import disagreement
from gateway.routing.routes import Routes


class RouteFigures(Collector):
    """Shares, disagreement with the default, and canaries taken out."""

    def collect(self) -> Iterator[Metric]:
        """Ask the database."""
        routes = services().routes.current()
        yield _shares(routes)
        yield from _disagreement(routes)
        yield _withdrawals()


def _shares(routes: Routes) -> Metric:
    shares = GaugeMetricFamily(
        "ki67_route_percent", "Share of images by version", labels=["version", "route"]
    )
    for each in routes.versions:
        shares.add_metric([each.version, "answer"], routes.share_percent(each.version))
        shares.add_metric([each.version, "shadow"], routes.shadow_percent(each.version))
    return shares


def _disagreement(routes: Routes) -> Iterator[Metric]:
    """Yield what the canary and the shadow differ by from the default."""
    tried = dict.fromkeys(share.version for share in (routes.canary, routes.shadow) if share)
    found = {version: disagreement(version, routes.default) for version in tried}
    names = {
        "compared": "Images that the version and the default both scored",
        "errors": "Images that the version failed on and the default scored",
        "category_changes": "Images that the version puts into another category",
        "mean_points": "Mean absolute difference of the index, in points",
        "largest_points": "Largest absolute difference of the index, in points",
    }
    for name, documentation in names.items():
        figure = GaugeMetricFamily(f"ki67_disagreement_{name}", documentation, labels=["version"])
        for version, each in found.items():
            figure.add_metric([version], getattr(each, name) or 0)
        yield figure


def _withdrawals() -> Metric:
    counted = select(CanaryWithdrawal.version, CanaryWithdrawal.reason, func.count()).group_by(
        CanaryWithdrawal.version, CanaryWithdrawal.reason
    )
    family = CounterMetricFamily(
        "ki67_canary_withdrawn", "Canaries taken out by themselves", labels=["version", "reason"]
    )
    for version, reason, count in db.session.execute(counted):
        family.add_metric([version, reason], count)
    return family
