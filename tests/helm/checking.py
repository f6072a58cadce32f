"""What no schema sees: objects that name or select each other, what pods may do. Findings are sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.helm.rendering import SERVING, Json, Object

BROUGHT = {
    "Secret/" + name for name in ("records", "bucket", "mail", "oidc", "mine", "ki67-database-app")
} | {
    "PersistentVolumeClaim/mine",
    "PersistentVolumeClaim/models",
    *(f"Secret/ki67-{name}" for name in ("database", "bucket", "smtp", "oidc", "proliferation-database-app")),
}
"""What the operator of a cluster brings in the profiles and combinations, and what CloudNativePG makes."""

WITHOUT_PROBES = {"ki67-loadtest-worker"}
"""A process of locust that only sends has no port; it ends with its master."""


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Tell whether a selector of labels chooses these; the empty one chooses all."""
    assert set(selector) <= {"matchLabels"}, "the chart uses no other kind"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def references(found: Sequence[Object]) -> Iterator[str]:
    """Tell of everything that is named or selected and is not there."""
    known = BROUGHT | {f"{each.kind}/{each.name}" for each in found}
    for each in found:
        for wanted in named(each):
            if wanted not in known:
                yield f"{each} names {wanted}"
        yield from selecting(each, found)


def named(each: Object) -> Iterator[str]:
    """Yield the objects of the namespace that an object names, as KIND/NAME."""
    if "scaleTargetRef" in each.spec:
        yield f"Deployment/{each.spec['scaleTargetRef']['name']}"
    for rule in each.spec.get("rules", []):
        for path in rule.get("http", {}).get("paths", []):
            yield f"Service/{path['backend']['service']['name']}"
        for backend in rule.get("backendRefs", []):
            yield f"Service/{backend['name']}"
    spec = (each.pod or {}).get("spec")
    if spec:
        yield f"ServiceAccount/{spec['serviceAccountName']}"
        for volume in spec["volumes"]:
            yield from sources(volume)
    for container in each.containers():
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield f"Secret/{reference['name']}"


def sources(volume: Json) -> Iterator[str]:
    """Yield what a volume is made of."""
    for source in [volume, *volume.get("projected", {}).get("sources", [])]:
        if "secret" in source:
            yield f"Secret/{source['secret'].get('secretName', source['secret'].get('name'))}"
        if "configMap" in source:
            yield f"ConfigMap/{source['configMap']['name']}"
        if "persistentVolumeClaim" in source:
            yield f"PersistentVolumeClaim/{source['persistentVolumeClaim']['claimName']}"


def selecting(each: Object, found: Sequence[Object]) -> Iterator[str]:
    """Tell of selectors that choose no pod, and ports of Services that no chosen pod has."""
    pods = [other for other in found if other.pod]
    if each.kind in {"PodDisruptionBudget", "NetworkPolicy"}:
        selector = each.spec["selector" if each.kind == "PodDisruptionBudget" else "podSelector"]
        outside = "cnpg.io/cluster" in selector.get("matchLabels", {})
        if not outside and not any(selects(selector, pod.pod_labels) for pod in pods):
            yield f"{each} selects no pod"
    if each.kind in SERVING and not selects(each.spec["selector"], each.pod_labels):
        yield f"{each} does not select its own pods"
    if each.kind == "ServiceMonitor":
        yield from monitored(each, found)
    if each.kind == "Service":
        chosen = [pod for pod in pods if selects({"matchLabels": each.spec["selector"]}, pod.pod_labels)]
        names = {port["name"] for pod in chosen for it in pod.containers() for port in it.get("ports", [])}
        for port in each.spec["ports"]:
            if port["targetPort"] not in names:
                yield f"{each} leads to port {port['targetPort']} of no pod"


def monitored(each: Object, found: Sequence[Object]) -> Iterator[str]:
    """Tell of endpoints that no Service has."""
    chosen = [it for it in found if it.kind == "Service" and selects(each.spec["selector"], it.labels)]
    names = {port["name"] for service in chosen for port in service.spec["ports"]}
    for endpoint in each.spec["endpoints"]:
        if endpoint["port"] not in names:
            yield f"{each} asks port {endpoint['port']} of no Service"


def policy(each: Object) -> Iterator[str]:
    """Tell of what pods of this object may do and should not, or lack and should have."""
    if each.pod is None:
        return
    spec: Json = each.pod["spec"]
    context = spec["securityContext"]
    if not (context["runAsNonRoot"] and context["runAsUser"] and context["runAsGroup"]):
        yield f"{each} may run as root"
    if context["seccompProfile"] != {"type": "RuntimeDefault"}:
        yield f"{each} may make any system call"
    if spec["automountServiceAccountToken"] or spec["enableServiceLinks"]:
        yield f"{each} is told of Kubernetes"
    if {"hostNetwork", "hostPID", "hostIPC"} & spec.keys() or any("hostPath" in it for it in spec["volumes"]):
        yield f"{each} reaches its node"
    for container in each.containers():
        yield from (f"{each} {container['name']}: {it}" for it in lacks(container))
    if each.kind in SERVING and each.name not in WITHOUT_PROBES:
        for probe in {"readinessProbe", "livenessProbe"} - spec["containers"][0].keys():
            yield f"{each} has no {probe}"


def lacks(container: Json) -> Iterator[str]:
    """Tell of one container."""
    wanted: Json = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    if container["securityContext"] != wanted:
        yield "may more than it needs"
    tag = container["image"].rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        yield f"{container['image']} is no fixed image"
    for part in ("requests", "limits"):
        if "memory" not in container["resources"][part]:
            yield f"no memory in {part}"
    yield from (f"{it!r} is no string" for it in amounts(container) if not isinstance(it, str))
    yield from (
        f"port {it['name']} names no protocol" for it in container.get("ports", []) if "protocol" not in it
    )


def amounts(container: Json) -> Iterator[Any]:
    """Yield all quantities."""
    for part in container["resources"].values():
        yield from part.values()
