"""The checks find what they are for: each mistake in a chart that has none."""

import copy
from collections.abc import Callable

import pytest

from tests.helm.checking import policy, references
from tests.helm.combinations import rendered
from tests.helm.rendering import Json, Object, the

Change = Callable[[Json], object]


def changed(kind: str, name: str, change: Change) -> list[Object]:
    """Return the small profile with one object changed."""
    found = copy.deepcopy(list(rendered("small")))
    change(the(found, kind, name).body)
    return found


def pod(body: Json) -> Json:
    return dict(body["spec"]["template"]["spec"])


MISNAMED: dict[str, tuple[str, str, Change, str]] = {
    "a missing Secret": (
        "Deployment",
        "ki67-torchserve",
        lambda body: pod(body)["volumes"][2]["secret"].update(secretName="other"),
        "Secret/other",
    ),
    "a missing claim": (
        "Deployment",
        "ki67-worker",
        lambda body: pod(body)["volumes"][1]["persistentVolumeClaim"].update(claimName="other"),
        "PersistentVolumeClaim/other",
    ),
    "a Service of nobody's port": (
        "Service",
        "ki67-gateway",
        lambda body: body["spec"]["ports"][0].update(targetPort="web"),
        "port web",
    ),
    "pods of another label": (
        "Deployment",
        "ki67-gateway",
        lambda body: body["spec"]["template"]["metadata"]["labels"].update(
            {"app.kubernetes.io/component": "x"}
        ),
        "does not select its own pods",
    ),
    "a budget for nobody": (
        "PodDisruptionBudget",
        "ki67-worker",
        lambda body: body["spec"]["selector"]["matchLabels"].update({"app.kubernetes.io/component": "x"}),
        "selects no pod",
    ),
}
TOO_MUCH: dict[str, tuple[Change, str]] = {
    "root": (lambda body: pod(body)["securityContext"].update(runAsUser=0), "as root"),
    "any system call": (
        lambda body: pod(body)["securityContext"].update(seccompProfile={"type": "Unconfined"}),
        "any system call",
    ),
    "a token": (
        lambda body: body["spec"]["template"]["spec"].update(automountServiceAccountToken=True),
        "told of Kubernetes",
    ),
    "the node's files": (
        lambda body: pod(body)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
        "reaches its node",
    ),
    "a file system to write to": (
        lambda body: pod(body)["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False),
        "more than it needs",
    ),
    "no limit": (
        lambda body: pod(body)["containers"][0]["resources"]["limits"].clear(),
        "no memory in limits",
    ),
    "a bare number": (
        lambda body: pod(body)["containers"][0]["resources"]["requests"].update(cpu=1),
        "1 is no string",
    ),
    "a moving tag": (lambda body: pod(body)["containers"][0].update(image="a/b:latest"), "no fixed image"),
    "no probe": (lambda body: pod(body)["containers"][0].pop("readinessProbe"), "no readinessProbe"),
    "no protocol": (lambda body: pod(body)["containers"][0]["ports"][0].pop("protocol"), "no protocol"),
}


@pytest.mark.parametrize("mistake", MISNAMED)
def test_a_wrong_name_is_found(mistake: str) -> None:
    kind, name, change, finding = MISNAMED[mistake]
    assert any(finding in each for each in references(changed(kind, name, change)))


@pytest.mark.parametrize("mistake", TOO_MUCH)
def test_a_pod_that_may_too_much_is_found(mistake: str) -> None:
    change, finding = TOO_MUCH[mistake]
    found = changed("Deployment", "ki67-gateway", change)
    assert any(finding in each for it in found for each in policy(it))
