"""The chart on a real API server: what it is asked for is taken, what is drawn is kept, what goes is gone.

No pod needs to run. The branches for older API versions and for kept keys are rendered here and nowhere else.
"""

import base64
from collections.abc import Iterator

import helm_python
import pytest
import yaml

from tests.cluster.cluster import RELEASE, Cluster, wait_until
from tests.cluster.left import KEPT, objects_of
from tests.helm.combinations import COMBINATIONS, rendered
from tests.helm.rendering import PROFILES, Json, merged, values_of

BUILT_IN = {"", "apps", "autoscaling", "batch", "policy", "networking.k8s.io"}


def groups(name: str) -> set[str]:
    return {each.body["apiVersion"].rpartition("/")[0] for each in rendered(name)}


PLAIN = [name for name in ("", *PROFILES, *COMBINATIONS) if groups(name) <= BUILT_IN]
"""Those without the resources of other projects, which a bare API server does not have."""


@pytest.fixture(scope="module")
def installed(cluster: Cluster) -> Iterator[Cluster]:
    cluster.helm("install", at_once=True)
    yield cluster


def keys(cluster: Cluster) -> dict[str, str]:
    return dict(cluster.get("secret", f"{RELEASE}-keys")["data"])


@pytest.mark.parametrize("name", PLAIN)
def test_the_server_takes_every_object(cluster: Cluster, name: str) -> None:
    values = COMBINATIONS.get(name) or values_of(name)
    manifest = cluster.helm("install", values, dry_run="server")["manifest"]
    for body in yaml.safe_load_all(manifest):
        if body:
            told = yaml.safe_dump(body)
            cluster.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", text=told)


def test_everything_is_there(installed: Cluster) -> None:
    wanted = {f"{each.kind}/{each.name}" for each in rendered("") if each.kind != "Pod"}
    assert wanted <= objects_of(installed)


def test_an_upgrade_keeps_the_keys(installed: Cluster) -> None:
    before = keys(installed)
    manifest = installed.helm("upgrade", {"gateway": {"replicas": 2}}, dry_run="server")["manifest"]
    (after,) = (it["data"] for it in yaml.safe_load_all(manifest) if it and it["kind"] == "Secret")
    assert after == before
    assert len(base64.b64decode(before["gateway-secret"])) == 64


def test_a_key_that_is_missing_is_drawn_and_the_others_kept(installed: Cluster) -> None:
    before = keys(installed)
    installed.kubectl("patch", "secret", f"{RELEASE}-keys", "--type=json", "-p",
                      '[{"op": "remove", "path": "/data/check-key"}]')  # fmt: skip
    manifest = installed.helm("upgrade", dry_run="server")["manifest"]
    (after,) = (it["data"] for it in yaml.safe_load_all(manifest) if it and it["kind"] == "Secret")
    assert after["check-key"] != before["check-key"]
    assert after["gateway-secret"] == before["gateway-secret"]


def test_a_wrong_value_is_refused_before_anything_changes(installed: Cluster) -> None:
    wrong: Json = merged(values_of("small"), {"gateway": {"replica": 2}})
    with pytest.raises(helm_python.HelmError, match="replica"):
        installed.helm("upgrade", wrong, at_once=True)


def test_uninstalling_leaves_what_is_declared_kept_and_installing_finds_it_again(installed: Cluster) -> None:
    before = keys(installed)
    with installed.releases() as releases:
        releases.uninstall(RELEASE)
    wait_until(lambda: objects_of(installed) == KEPT, 60, "only what is kept is left")
    installed.helm("install", at_once=True)
    assert keys(installed)["gateway-secret"] == before["gateway-secret"]
