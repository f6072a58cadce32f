"""Who may reach whom, by evaluating the policies: the arrows of the design, and no other."""

import itertools
from collections.abc import Sequence

import pytest

from tests.helm.combinations import COMBINATIONS, rendered
from tests.helm.reachability import Endpoint, may_reach, pod
from tests.helm.rendering import PROFILES, Object, merged, objects, values_of

PORTS = {
    "gateway": (8000,),
    "worker": (9100,),
    "torchserve": (8080, 8081, 8082),
    "loadtest": (5557,),
    "database": (5432,),
}
ARROWS = {
    ("gateway", "torchserve", 8080),
    ("worker", "torchserve", 8080),
    ("operator", "torchserve", 8080),
    ("operator", "torchserve", 8081),
    ("operator", "gateway", 8000),
    ("torchserve", "gateway", 8000),
    ("check", "gateway", 8000),
    ("loadtest", "gateway", 8000),
    ("loadtest", "loadtest", 5557),
    ("gateway", "database", 5432),
    ("worker", "database", 5432),
    ("migrations", "database", 5432),
    ("database", "database", 5432),
}
OPEN = {"no policies"}
"""Without policies everybody reaches everything; the notes warn of it."""
PROMETHEUS = Endpoint({"app.kubernetes.io/name": "prometheus"}, "monitoring")
DATABASE = Endpoint({"cnpg.io/cluster": "ki67-database"})
STRANGERS = {
    "a pod without labels": Endpoint(),
    "a pod of another release": Endpoint(
        {
            "app.kubernetes.io/name": "ki67",
            "app.kubernetes.io/instance": "other",
            "app.kubernetes.io/component": "gateway",
        }
    ),
    "a gateway of another namespace": Endpoint(
        {
            "app.kubernetes.io/name": "ki67",
            "app.kubernetes.io/instance": "ki67",
            "app.kubernetes.io/component": "gateway",
        },
        "elsewhere",
    ),
    "an operator of another namespace": Endpoint(
        {
            "app.kubernetes.io/name": "ki67",
            "app.kubernetes.io/instance": "ki67",
            "app.kubernetes.io/component": "operator",
        },
        "elsewhere",
    ),
    "another pod of Prometheus' namespace": Endpoint({"app.kubernetes.io/name": "grafana"}, "monitoring"),
    "a Prometheus of another namespace": Endpoint({"app.kubernetes.io/name": "prometheus"}, "elsewhere"),
    "a machine outside": Endpoint(address="203.0.113.7"),
}
EVERYTHING = merged(
    values_of("gpu"),
    {"loadtest": {"enabled": True}, "network": {"clients": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}},
)


def policies(found: Sequence[Object]) -> list[Object]:
    return [each for each in found if each.kind == "NetworkPolicy"]


def pods(found: Sequence[Object]) -> dict[str, Endpoint]:
    return {each.component: pod(each) for each in found if each.pod} | {"database": DATABASE}


def test_the_arrows_are_those_of_the_design() -> None:
    """Between every two components, on every port that one of them listens on."""
    found = objects(EVERYTHING)
    ours = pods(found)
    assert set(ours) == {it for arrow in ARROWS for it in arrow if isinstance(it, str)}
    drawn = {
        (sender, receiver, port)
        for sender, receiver in itertools.product(ours, PORTS)
        for port in PORTS[receiver]
        if may_reach(policies(found), ours[sender], ours[receiver], port)
    }
    assert drawn == ARROWS


@pytest.mark.parametrize("name", ["", *PROFILES, *sorted(COMBINATIONS.keys() - OPEN)])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_other_pod_reaches_torchserve(name: str, stranger: str) -> None:
    found = rendered(name)
    for port in PORTS["torchserve"]:
        assert not may_reach(policies(found), STRANGERS[stranger], pods(found)["torchserve"], port)


@pytest.mark.parametrize("taken", ["name", "instance", "component"])
def test_a_gateway_that_lacks_a_label_does_not_reach_it(taken: str) -> None:
    found = rendered("small")
    labels = {
        key: text for key, text in pods(found)["gateway"].labels.items() if not key.endswith(f"/{taken}")
    }
    for port in PORTS["torchserve"]:
        assert not may_reach(policies(found), Endpoint(labels), pods(found)["torchserve"], port)


def test_only_the_operator_reaches_the_management_port() -> None:
    found = objects(EVERYTHING)
    torchserve = pods(found)["torchserve"]
    reaching = {
        name for name, each in pods(found).items() if may_reach(policies(found), each, torchserve, 8081)
    }
    assert reaching == {"operator"}
    assert not may_reach(policies(found), PROMETHEUS, torchserve, 8081)


def test_prometheus_reads_metrics_only_where_it_is_told_to() -> None:
    watched, small = objects(EVERYTHING), rendered("small")
    for component, port in (("gateway", 8000), ("worker", 9100), ("torchserve", 8082)):
        assert may_reach(policies(watched), PROMETHEUS, pods(watched)[component], port)
    for component, port in (("worker", 9100), ("torchserve", 8082)):
        assert not may_reach(policies(small), PROMETHEUS, pods(small)[component], port)


def test_everybody_reaches_the_gateway_unless_clients_are_named() -> None:
    for stranger in STRANGERS.values():
        assert may_reach(policies(rendered("small")), stranger, pods(rendered("small"))["gateway"], 8000)
    named = objects(EVERYTHING)
    gateway = pods(named)["gateway"]
    assert may_reach(policies(named), Endpoint(address="192.0.2.9"), gateway, 8000)
    for stranger in STRANGERS.values():
        assert not may_reach(policies(named), stranger, gateway, 8000)


@pytest.mark.parametrize(
    ("component", "ports"),
    [
        ("gateway", {5432, 443, 587}),
        ("worker", {5432, 443}),
        ("migrations", {5432, 443}),
        ("torchserve", set[int]()),
        ("operator", set[int]()),
        ("check", set[int]()),
    ],
)
def test_pods_leave_the_cluster_only_for_what_they_need(component: str, ports: set[int]) -> None:
    found = rendered("ha")
    outside = Endpoint(address="203.0.113.7")
    tried = {22, 80, 443, 587, 5432, 8080}
    left = {port for port in tried if may_reach(policies(found), pods(found)[component], outside, port)}
    assert left == ports


def test_where_outside_is_can_be_narrowed() -> None:
    narrow = merged(values_of("ha"), {"network": {"outside": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}})
    found = objects(narrow)
    gateway = pods(found)["gateway"]
    assert may_reach(policies(found), gateway, Endpoint(address="10.1.2.3"), 5432)
    assert not may_reach(policies(found), gateway, Endpoint(address="203.0.113.7"), 5432)


def test_every_pod_can_ask_for_names() -> None:
    found = objects(EVERYTHING)
    names = Endpoint({"k8s-app": "kube-dns"}, "kube-system")
    for each in pods(found).values():
        assert may_reach(policies(found), each, names, 53, "UDP")


def test_the_evaluation_knows_what_an_empty_list_means() -> None:
    """No policy lets everything through; one without rules nothing; a rule without peers everybody."""
    body = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "one"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    closed = Object("", body)
    opened = Object("", body | {"spec": body["spec"] | {"ingress": [{}]}})  # type: ignore[operator]
    assert may_reach([], Endpoint(), Endpoint(), 80)
    assert not may_reach([closed], Endpoint(), Endpoint(), 80)
    assert may_reach([closed, opened], Endpoint(), Endpoint(), 80)
