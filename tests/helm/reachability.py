"""Evaluates NetworkPolicies as Kubernetes defines them: may this pod reach that pod's port?

policies -> those that select a pod, by direction -> allowed where none does, or one of their rules allows it.
A connection needs both: the sender's egress and the receiver's ingress. Addresses outside are blocks of IPs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from tests.helm.checking import selects
from tests.helm.rendering import NAMESPACE, Json, Object


@dataclass(frozen=True)
class Endpoint:
    """A pod by its labels and namespace, or a machine outside by its address."""

    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str = NAMESPACE
    address: str = ""

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        return {"kubernetes.io/metadata.name": self.namespace}


def pod(each: Object) -> Endpoint:
    """Return a pod of that object."""
    return Endpoint(each.pod_labels)


def may_reach(
    policies: Sequence[Object], sender: Endpoint, receiver: Endpoint, port: int, protocol: str = "TCP"
) -> bool:
    """Tell whether policies let the sender open that port of the receiver."""
    return _lets(policies, "Egress", sender, receiver, port, protocol) and _lets(
        policies, "Ingress", receiver, sender, port, protocol
    )


def _lets(
    policies: Sequence[Object], direction: str, own: Endpoint, other: Endpoint, port: int, protocol: str
) -> bool:
    """Tell whether `own`'s side lets it through; who is outside has no policies."""
    selecting = [
        each.spec
        for each in policies
        if not own.address
        and own.namespace == NAMESPACE
        and direction in each.spec["policyTypes"]
        and selects(each.spec["podSelector"], own.labels)
    ]
    rules = [rule for spec in selecting for rule in spec.get(direction.lower()) or []]
    peers = "to" if direction == "Egress" else "from"
    return not selecting or any(
        _is_port(rule.get("ports"), port, protocol) and _is_peer(rule.get(peers), other) for rule in rules
    )


def _is_port(ports: Sequence[Json] | None, port: int, protocol: str) -> bool:
    """No list, or an empty one, means every port."""
    return not ports or any(each["port"] == port and each["protocol"] == protocol for each in ports)


def _is_peer(peers: Sequence[Json] | None, other: Endpoint) -> bool:
    """No list, or an empty one, means everybody."""
    return not peers or any(_matches(peer, other) for peer in peers)


def _matches(peer: Json, other: Endpoint) -> bool:
    if "ipBlock" in peer:
        return bool(other.address) and ip_address(other.address) in ip_network(peer["ipBlock"]["cidr"])
    if other.address:
        return False
    if "namespaceSelector" in peer:
        near = selects(peer["namespaceSelector"], other.namespace_labels)
    else:
        near = other.namespace == NAMESPACE
    return near and selects(peer.get("podSelector", {}), other.labels)
