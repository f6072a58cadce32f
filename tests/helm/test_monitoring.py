"""Alerts and dashboard name only metrics that the programs tell, and every alert is explained."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client import REGISTRY

import gateway.metrics  # noqa: F401 - registers them
from tests.helm.rendering import Object, objects, the
from tests.imports import ROOT

WATCHED = {
    "monitoring": {
        "serviceMonitors": {"enabled": True},
        "rules": {"enabled": True, "runbooks": "https://docs.example/alerts"},
        "dashboard": {"enabled": True},
        "adapterRules": True,
    },
    "worker": {"autoscaling": {"kind": "keda"}},
    "torchserve": {"autoscaling": {"kind": "keda"}},
}
OF_PROMETHEUS = {"up"}
WORDS = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
FUNCTIONS = {"sum", "max", "rate", "increase", "deriv", "absent", "histogram_quantile", "clamp_min"}
LABELS = {"le", "version", "reason", "outcome", "status", "code", "route", "pod", "ModelVersion"}
SYNTAX = FUNCTIONS | LABELS | {"by", "and", "unless"}


@pytest.fixture(scope="module")
def found() -> list[Object]:
    return objects(WATCHED)


def alerts(found: list[Object]) -> list[dict[str, object]]:
    (group,) = the(found, "PrometheusRule", "ki67").spec["groups"]
    return list(group["rules"])


def dashboard(found: list[Object]) -> dict[str, object]:
    return dict(json.loads(the(found, "ConfigMap", "ki67-dashboard").body["data"]["ki67.json"]))


def queries(found: list[Object]) -> Iterator[str]:
    """Yield everything that Prometheus is asked."""
    yield from (str(each["expr"]) for each in alerts(found))
    for panel in dashboard(found)["panels"]:  # type: ignore[attr-defined]
        yield from (each["expr"] for each in panel["targets"])
    for each in found:
        if each.kind == "ScaledObject":
            yield from (trigger["metadata"]["query"] for trigger in each.spec["triggers"])
    rules = yaml.safe_load(the(found, "ConfigMap", "ki67-adapter-rules").body["data"]["config.yaml"])
    for rule in (*rules["rules"], *rules["externalRules"]):
        yield rule["metricsQuery"].replace("<<.GroupBy>>", "pod").replace("<<.LabelMatchers>>", "")


def metrics_in(query: str) -> set[str]:
    """Return the names in a query that are neither labels nor PromQL's own words."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"|\b[0-9][0-9.e]*\b", "", query)
    return set(WORDS.findall(bare)) - SYNTAX


def told_by_the_gateway() -> set[str]:
    sources = "".join(path.read_text() for path in (ROOT / "gateway").rglob("*.py"))
    gauges = set(re.findall(r"GaugeMetricFamily\(\s*\"(\w+)\"", sources))
    counters = set(re.findall(r"CounterMetricFamily\(\s*\"(\w+)\"", sources))
    disagreement = re.findall(r"\"(\w+)\": \"", (ROOT / "gateway/routing/figures.py").read_text())
    kinds = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    registered = {
        each.name + ending for each in REGISTRY.collect() if each.type in kinds for ending in kinds[each.type]
    }
    return (
        registered
        | gauges
        | {f"{name}_total" for name in counters}
        | {f"ki67_disagreement_{it}" for it in disagreement}
    )


def told_by_torchserve() -> set[str]:
    told = yaml.safe_load((ROOT / "model_store/metrics.yaml").read_text())
    plain = {each["name"] for part in ("ts_metrics", "model_metrics") for kind in ("counter", "gauge")
             for each in told[part].get(kind, [])}  # fmt: skip
    shapes = {
        each["name"] + end
        for each in told["model_metrics"]["histogram"]
        for end in ("_bucket", "_sum", "_count")
    }
    return plain | shapes


def test_every_metric_that_is_asked_for_is_told(found: list[Object]) -> None:
    known = told_by_the_gateway() | told_by_torchserve() | OF_PROMETHEUS
    asked = set().union(*(metrics_in(query) for query in queries(found)))
    assert len(asked) > 15
    assert asked <= known


def test_a_metric_of_nobody_would_be_found() -> None:
    assert metrics_in('sum(rate(gateway_scord_total{outcome="failed"}[5m]))') == {"gateway_scord_total"}


def test_jobs_that_are_asked_for_are_services(found: list[Object]) -> None:
    """Prometheus' operator calls a job by its Service."""
    services = {each.name for each in found if each.kind == "Service"}
    jobs = {job for query in queries(found) for job in re.findall(r'job="([^"]+)"', query)}
    assert jobs
    assert jobs <= services


def test_every_alert_has_a_section_that_it_links_to(found: list[Object]) -> None:
    sections = set(re.findall(r"^## (\w+)$", (ROOT / "docs/alerts.md").read_text(), re.MULTILINE))
    assert {each["alert"] for each in alerts(found)} == sections
    for each in alerts(found):
        link = each["annotations"]["runbook_url"]  # type: ignore[index]
        assert link == f"https://docs.example/alerts#{str(each['alert']).lower()}"


def test_links_from_the_alerts_lead_to_sections_of_operating() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs/operating.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for anchor in re.findall(r"operating\.md#([\w-]+)", (ROOT / "docs/alerts.md").read_text()):
        assert anchor in anchors


def test_outcomes_that_are_asked_for_are_told(found: list[Object]) -> None:
    asked = {
        word
        for query in queries(found)
        for words in re.findall(r'outcome=~?"([^"]+)"', query)
        for word in words.split("|")
    }
    source = (ROOT / "gateway/scoring.py").read_text()
    assert asked
    assert all(re.search(rf'"{word}\b', source) for word in asked)


def test_panels_are_in_rows_that_fill_the_width(found: list[Object]) -> None:
    panels = dashboard(found)["panels"]
    places = [tuple(panel["gridPos"].values()) for panel in panels]  # type: ignore[attr-defined]
    assert len(set(places)) == len(places)
    assert all(x + width <= 24 for x, _, width, _ in places)
