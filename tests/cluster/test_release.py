"""The small profile on a cluster: installed, asked, upgraded and killed under load, rolled back, removed.

The tests follow one release through its life and build on each other. Images are named by KI67_GATEWAY_IMAGE
and KI67_TORCHSERVE_IMAGE; KI67_FIELD may name a real field to be scored.
"""

import base64
import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.api import Ki67Client, Upload
from client.models import Analysis
from model_store.archive import build_archive
from tests.cluster.archives import CLAIM, put_archive
from tests.cluster.cluster import READY_S, RELEASE, Cluster, wait_until
from tests.cluster.left import KEPT, objects_of
from tests.cluster.load import POD, Sent, load
from tests.conftest import SMALL_VERSION
from tests.handler.image_files import encode
from tests.helm.rendering import Json, merged, values_of
from training.phantoms import draw_phantom

GATEWAY_IMAGE = os.environ.get("KI67_GATEWAY_IMAGE", "localhost/ki67-gateway:1.0.0")
TORCHSERVE_IMAGE = os.environ.get("KI67_TORCHSERVE_IMAGE", "localhost/ki67-torchserve:1.0.0")
OLD, NEW = "1.1", SMALL_VERSION
"""The new one tells nuclei by colour alone: a version like any other, and loaded in no time."""

FIRST_SCORE_S = 300
COMPONENTS = ("gateway", "worker", "torchserve")
SEED = 20261128


def image(named: str) -> Json:
    repository, _, tag = named.rpartition(":")
    return {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"}


def modest(profile: Json) -> Json:
    """Return resources that fit a test's machine beside everything else there: the limits stay."""
    asked = {"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}
    return merged(profile, dict.fromkeys((*COMPONENTS, "operator", "migrations", "check"), asked))


VALUES = merged(
    modest(values_of("small")),
    {
        "gateway": {
            "image": image(GATEWAY_IMAGE),
            # Two versions differ as they like here, and the one that is tried stays.
            "settings": {"GATEWAY_CANARY_DISAGREEMENT_POINTS": "100", "GATEWAY_CANARY_ERROR_RATIO": "1"},
        },
        "torchserve": {"image": image(TORCHSERVE_IMAGE)},
        "persistence": {"size": "2Gi"},
    },
)
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def begun() -> float:
    return time.monotonic()


@pytest.fixture(scope="module")
def installed(cluster: Cluster, begun: float) -> Cluster:
    cluster.helm("install", VALUES)
    return cluster


@pytest.fixture(scope="module")
def values_with_archive(installed: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Bring the new version's archive into the cluster; return the values that let TorchServe see it."""
    archive = build_archive(NEW, tmp_path_factory.mktemp("archives"))
    path, sha256 = put_archive(installed, archive, GATEWAY_IMAGE)
    archives = [{"version": NEW, "url": path, "sha256": sha256}]
    return merged(VALUES, {"torchserve": {"archives": archives, "archivesClaim": CLAIM}})


@pytest.fixture
def client(installed: Cluster) -> Iterator[Ki67Client]:
    with installed.forwarded(f"{RELEASE}-gateway", 80) as url, Ki67Client(url, key(installed)) as client:
        yield client


def keys(cluster: Cluster) -> dict[str, str]:
    return dict(cluster.get("secret", f"{RELEASE}-keys")["data"])


def key(cluster: Cluster) -> str:
    return base64.b64decode(keys(cluster)["check-key"]).decode()


def field() -> Upload:
    """Return the real field, or a phantom."""
    if path := os.environ.get("KI67_FIELD"):
        return Upload(Path(path).name, Path(path).read_bytes())
    return Upload("phantom.png", encode(draw_phantom(SEED, 256, 256).rgb, "PNG"))


def score(client: Ki67Client) -> Analysis:
    (item,) = client.analyse([field()], {"mpp": "0.5"}, wait_s=200)
    assert item.analysis is not None, item
    assert item.analysis.status == "succeeded"
    return item.analysis


def version_of(analysis: Analysis) -> str:
    return str((analysis.model_extra or {})["model"]["version"])


def assert_nothing_is_lost(cluster: Cluster, sent: list[Sent]) -> None:
    """Every image was taken, has one record of its own, and that is scored, now or in a while."""
    assert sent
    assert [each for each in sent if each.id is None] == []
    assert len({each.id for each in sent}) == len(sent)
    late = [each.id for each in sent if each.result != "succeeded"]
    with cluster.forwarded(f"{RELEASE}-gateway", 80) as url, Ki67Client(url, key(cluster)) as client:
        for identifier in filter(None, late):
            wait_until(lambda identifier=identifier: is_scored(client, identifier), 120, identifier)  # type: ignore[misc]


def is_scored(client: Ki67Client, identifier: str) -> bool:
    return client.analysis(identifier, nuclei=False).status == "succeeded"


def assert_nobody_noticed(cluster: Cluster, sent: list[Sent]) -> None:
    """No request failed: each was sent once and got its score."""
    assert [each for each in sent if each.again or each.status != 200] == []
    assert_nothing_is_lost(cluster, sent)


def test_from_install_to_the_first_scored_field(installed: Cluster, client: Ki67Client, begun: float) -> None:
    scored = score(client)
    seconds = time.monotonic() - begun
    print(f"first score after {seconds:.0f} s")  # noqa: T201 - what the test measures
    assert seconds < FIRST_SCORE_S
    assert scored.counts is not None
    assert scored.counts.total > 0


def test_helm_test_scores_a_phantom(installed: Cluster) -> None:
    with installed.releases() as releases:
        releases.test(RELEASE, timeout=400)


def test_other_pods_do_not_reach_torchserve(installed: Cluster) -> None:
    """Where the cluster's network enforces policies; `tests/helm` evaluates them in any case."""
    probe = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
    with load(installed, GATEWAY_IMAGE):
        assert opens(installed, probe, f"{RELEASE}-gateway", "80"), "nor do they reach anybody else"
        reached = [
            port
            for port in ("8080", "8081", "8082")
            if opens(installed, probe, f"{RELEASE}-torchserve-pods", port)
        ]
    if len(reached) == 3:
        pytest.skip("this cluster's network does not enforce policies")
    assert reached == []


def opens(cluster: Cluster, probe: str, host: str, port: str) -> bool:
    try:
        cluster.kubectl("exec", POD, "--", "python", "-c", probe, host, port)
    except subprocess.CalledProcessError:
        return False
    return True


def test_an_upgrade_under_load_fails_no_request_and_keeps_the_keys(installed: Cluster) -> None:
    """Every pod is replaced: gateway and worker log more, TorchServe drains a second shorter."""
    before = keys(installed)
    pods = {name: installed.pods(name) for name in COMPONENTS}
    changed = {"gateway": {"logLevel": "debug"}, "torchserve": {"drainSeconds": 59}}
    with load(installed, GATEWAY_IMAGE) as running:
        installed.helm("upgrade", merged(VALUES, changed))
        running.goes_on()
    assert all(not set(pods[name]) & set(installed.pods(name)) for name in COMPONENTS)
    assert keys(installed) == before
    assert_nobody_noticed(installed, running.sent())


def test_a_new_version_comes_and_goes_under_load_and_fails_no_request(
    installed: Cluster, values_with_archive: Json
) -> None:
    with load(installed, GATEWAY_IMAGE) as running:
        installed.helm("upgrade", values_with_archive)
        running.goes_on(version=OLD)
        installed.versions("register", NEW)
        installed.versions("canary", NEW, "50")
        running.goes_on(version=NEW)
        installed.versions("promote")
        running.goes_on(version=NEW)
    assert {each.version for each in running.sent()} == {OLD, NEW}
    assert_nobody_noticed(installed, running.sent())


def test_a_new_pod_serves_what_the_others_do(installed: Cluster, values_with_archive: Json) -> None:
    """A scale-up and a restart end with the versions and the default of the routes."""
    installed.kubectl("scale", f"deployment/{RELEASE}-torchserve", "--replicas=2")
    installed.rolled_out("torchserve")
    listed = json.loads(installed.versions("list", "--json"))["items"]
    assert {each["version"]: len(each["torchserve"]) for each in listed} == {OLD: 2, NEW: 2}
    for each in listed:
        assert all(told["workers_ready"] for told in each["torchserve"])
        assert all(told["is_default"] == (each["version"] == NEW) for told in each["torchserve"])
    installed.kubectl("scale", f"deployment/{RELEASE}-torchserve", "--replicas=1")
    wait_until(lambda: len(installed.pods("torchserve")) == 1, 120, "one TorchServe")


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_deleted_pod_costs_no_analysis(installed: Cluster, component: str) -> None:
    with load(installed, GATEWAY_IMAGE) as running:
        installed.kubectl("delete", "pod", *installed.pods(component), "--wait=false")
        installed.rolled_out(component)
        running.goes_on()
    assert_nothing_is_lost(installed, running.sent())


def test_pods_killed_at_random_cost_no_analysis(installed: Cluster) -> None:
    """Without a word to them: no drain, no last answer."""
    drawn = random.Random(SEED)  # noqa: S311 - the same kills in every run
    with load(installed, GATEWAY_IMAGE) as running:
        for _ in range(5):
            component = drawn.choice(COMPONENTS)
            for pod in installed.pods(component):
                installed.kubectl("delete", "pod", pod, "--grace-period=0", "--force")
            time.sleep(drawn.uniform(3, 12))
        installed.rolled_out(*COMPONENTS)
        running.goes_on()
    assert_nothing_is_lost(installed, running.sent())


def test_rolling_back_the_version_and_the_release(installed: Cluster, client: Ki67Client) -> None:
    installed.versions("rollback")
    assert version_of(score(client)) == OLD
    before = keys(installed)
    with installed.releases() as releases:
        releases.rollback(RELEASE, version=1, wait="watcher", timeout=READY_S)
    installed.rolled_out(*COMPONENTS)
    assert keys(installed) == before
    with installed.forwarded(f"{RELEASE}-gateway", 80) as url, Ki67Client(url, key(installed)) as again:
        assert version_of(score(again)) == OLD


def test_uninstalling_leaves_what_is_declared_kept(installed: Cluster) -> None:
    with installed.releases() as releases:
        releases.uninstall(RELEASE, wait="watcher", timeout=READY_S)
    wait_until(lambda: objects_of(installed) == KEPT, 120, "only what is kept is left")
