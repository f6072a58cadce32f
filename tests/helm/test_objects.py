"""Every profile and combination of switches is what Kubernetes takes, and its pods may do little."""

import json
from collections.abc import Iterator
from functools import cache

import helm_python
import kubernetes_validate
import pytest
from kubernetes_validate import utils

from helm.readme import CHART
from tests.helm.checking import policy, references
from tests.helm.combinations import COMBINATIONS, rendered
from tests.helm.rendering import PROFILES, Object, objects, templates, the, values_of

OURS = {"", "apps", "autoscaling", "batch", "policy", "networking.k8s.io"}
CUSTOM = {
    "gateway.networking.k8s.io/v1 HTTPRoute",
    "keda.sh/v1alpha1 ScaledObject",
    "monitoring.coreos.com/v1 PrometheusRule",
    "monitoring.coreos.com/v1 ServiceMonitor",
    "postgresql.cnpg.io/v1 Cluster",
}
"""Resources that other projects define; Kubernetes' schemas say nothing of them."""
ALL = ["", *PROFILES, *COMBINATIONS]


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> Iterator[None]:
    """They are megabytes, and the package reads them anew for every object."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", cache(utils.schema_contents))
        yield


@cache
def problem(body: str, version: str) -> str | None:
    """Return what a version of Kubernetes has against an object; the same one is asked about once."""
    try:
        kubernetes_validate.validate(json.loads(body), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    return None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("version", ["1.25", "1.30", "1.34", "1.37"])
def test_kubernetes_takes_every_object(name: str, version: str) -> None:
    for each in rendered(name):
        if each.body["apiVersion"].rpartition("/")[0] in OURS:
            found = problem(json.dumps(each.body, sort_keys=True), version)
            assert found is None, f"{each}: {found}"
        else:
            assert f"{each.body['apiVersion']} {each.kind}" in CUSTOM


@pytest.mark.parametrize("name", ALL)
def test_what_is_named_is_there(name: str) -> None:
    assert list(references(rendered(name))) == []


@pytest.mark.parametrize("name", ALL)
def test_pods_may_do_no_more_than_they_need(name: str) -> None:
    assert [finding for each in rendered(name) for finding in policy(each)] == []


@pytest.mark.parametrize("name", ALL)
def test_no_two_objects_have_one_name(name: str) -> None:
    names = [(each.kind, each.name) for each in rendered(name)]
    assert len(names) == len(set(names))
    assert all(len(name) <= 52 for kind, name in names if kind == "CronJob")


@pytest.mark.parametrize("name", ["", *PROFILES])
@pytest.mark.parametrize("version", ["v1.20.0", "v1.22.0", "v1.25.0", "v1.37.0"])
def test_helm_finds_nothing_to_say(name: str, version: str) -> None:
    """Nor of an API version that this Kubernetes no longer has."""
    report = helm_python.lint(CHART, values_of(name), strict=True, kube_version=version)
    assert (report["messages"], report["errors"]) == ([], [])


def test_there_are_twenty_combinations_and_each_changes_something() -> None:
    assert len(COMBINATIONS) == 20
    texts = {json.dumps([each.body for each in masked(rendered(name))]) for name in ("", *COMBINATIONS)}
    assert len(texts) == 21


def masked(found: tuple[Object, ...]) -> list[Object]:
    return [each for each in found if each.kind != "Secret"]


@pytest.mark.parametrize("name", ["", *PROFILES])
def test_everything_that_serves_has_a_policy_and_a_budget(name: str) -> None:
    for each in rendered(name):
        if each.kind == "Deployment":
            the(rendered(name), "PodDisruptionBudget", each.name)
        if each.pod:
            the(rendered(name), "NetworkPolicy", f"ki67-{each.component}")


def test_a_long_release_name_still_makes_names_that_kubernetes_takes() -> None:
    values = {"loadtest": {"enabled": True}, "torchserve": {"autoscaling": {"kind": "hpa"}}}
    for each in objects(values, release="r" * 53):
        assert len(each.name) <= (52 if each.kind == "CronJob" else 63), each


def test_migrations_are_done_before_the_pods_of_an_upgrade() -> None:
    installed = the(objects({}), "Job", "ki67-migrations-1")
    (upgraded,) = (each for each in objects({}, upgrade=True) if each.kind == "Job")
    assert "annotations" not in installed.body["metadata"]
    assert upgraded.body["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"


def test_pods_that_share_a_volume_run_on_one_node() -> None:
    sharing = [each for each in rendered("small") if each.component in {"gateway", "worker", "migrations"}]
    assert len(sharing) == 3
    for each in sharing:
        assert each.pod is not None
        affinity = each.pod["spec"]["affinity"]["podAffinity"]
        (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["labelSelector"]["matchLabels"].items() <= each.pod_labels.items()
        assert term["topologyKey"] == "kubernetes.io/hostname"


def test_devices_are_asked_for_as_limits_too() -> None:
    container = next(the(rendered("gpu"), "Deployment", "ki67-torchserve").containers())
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert container["resources"]["requests"]["nvidia.com/gpu"] == "1"


@pytest.mark.parametrize("name", ["", *PROFILES, "ingress", "Gateway API", "no policies"])
def test_the_notes_tell_the_way_in(name: str) -> None:
    values = COMBINATIONS.get(name) or values_of(name)
    (notes,) = (text for path, text in templates(values).items() if path.endswith("NOTES.txt"))
    way = {
        "ha": "https://ki67.example.org",
        "ingress": "https://ki67.example.org",
        "Gateway API": "ki67.example",
    }
    assert way.get(name, "port-forward svc/ki67-gateway") in notes
    assert ("WARNING" in notes) == (name == "no policies")
