"""TorchServes of a cluster: without keys, all with the versions that the gateway's routes say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store.archive import build_archive
from model_store.container import lend
from model_store.failures import UnreachableError
from model_store.following import EVERY_S
from model_store.operator_settings import OperatorSettings
from tests.handler.image_files import encode
from tests.model_store.cluster import Cluster, wait_until
from tests.model_store.made import COLOUR, add_version, change_json, project
from training.phantoms import draw_phantom

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

NEW, OTHER = "colour-2.0", "colour-3.0"
FIELD = encode(draw_phantom(5, 128, 128).rgb, "PNG")
NOTICED_S = EVERY_S + 180.0


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the archives of three versions."""
    store = tmp_path_factory.mktemp("archives")
    build_archive(COLOUR, store)
    root = project(tmp_path_factory.mktemp("project"))
    for version, area in ((NEW, 60.0), (OTHER, 70.0)):
        change_json(add_version(root, version) / "spec.json", thresholds={"min_area_um2": area})
        build_archive(version, store, root)
    return store


@pytest.fixture(scope="module")
def cluster(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two TorchServes that were started before their gateway, as at an installation; one lacks an archive."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    fewer = tmp_path_factory.mktemp("fewer")
    for version in (COLOUR, NEW):
        shutil.copy(archives / f"ki67-{version}.mar", fewer)
    try:
        for store in (archives, fewer):
            cluster.add_pod(store).start()
        with cluster.running_gateway():
            yield cluster
    finally:
        cluster.close()


@pytest.fixture
def registered(cluster: Cluster, archives: Path) -> Cluster:
    """Both have the new version, and the first is the default."""
    cluster("register", NEW, archives=archives)
    cluster("promote", COLOUR, archives=archives)
    return cluster


def defaults(cluster: Cluster) -> set[str | None]:
    return {pod.replica.default() for pod in cluster.pods} | {cluster.gateway.routes().default}


def test_they_score_and_tell_of_themselves_without_a_key(cluster: Cluster) -> None:
    for pod in cluster.pods:
        assert pod.versions() == [COLOUR]
        assert pod.score(COLOUR, FIELD).json()["model"]["version"] == COLOUR
        assert not (pod.folder / "torchserve" / "key_file.json").exists()


def test_a_version_is_registered_with_all_of_them_and_then_routed_to(registered: Cluster) -> None:
    assert [pod.versions() for pod in registered.pods] == [[COLOUR, NEW]] * 2
    assert registered.gateway.routes().knows(NEW)


def test_a_version_that_one_of_them_lacks_is_registered_with_none(cluster: Cluster, archives: Path) -> None:
    told = cluster("register", OTHER, archives=archives, status=1)
    assert f"ki67-{OTHER}.mar was not registered" in told
    assert all(OTHER not in pod.versions() for pod in cluster.pods)
    assert not cluster.gateway.routes().knows(OTHER)


def test_promoted_and_rolled_back_everywhere(registered: Cluster, archives: Path) -> None:
    registered("promote", NEW, archives=archives)
    assert defaults(registered) == {NEW}
    registered("rollback", archives=archives)
    assert defaults(registered) == {COLOUR}
    assert not (archives / "served.json").exists()


def test_one_that_restarts_comes_up_with_versions_and_default_of_the_others(
    registered: Cluster, archives: Path
) -> None:
    registered("promote", NEW, archives=archives)
    pod = registered.pods[1]
    assert pod.stop() == 0
    pod.start()
    assert pod.replica.default() == NEW
    assert pod.versions() == [COLOUR, NEW]


def test_one_that_is_added_does_so_too(registered: Cluster, archives: Path) -> None:
    registered("promote", NEW, archives=archives)
    pod = registered.add_pod(archives)
    try:
        pod.start()
        assert (pod.replica.default(), pod.versions()) == (NEW, [COLOUR, NEW])
    finally:
        pod.close()
        registered.pods.remove(pod)


def test_one_that_lost_a_version_gets_it_back_by_itself(registered: Cluster) -> None:
    pod = registered.pods[0]
    pod.replica.unregister(NEW)
    wait_until(lambda: NEW in pod.versions(), NOTICED_S)
    assert pod.score(NEW, FIELD).status_code == 200


def test_without_the_default_it_is_not_ready_and_says_why(
    registered: Cluster, archives: Path, tmp_path: Path
) -> None:
    registered("promote", NEW, archives=archives)
    shutil.copy(archives / f"ki67-{COLOUR}.mar", tmp_path)
    pod = registered.add_pod(tmp_path)
    try:
        with pytest.raises(AssertionError):
            pod.start(timeout_s=20.0)
        assert f"version {NEW} is not served" in pod.log()
        shutil.copy(archives / f"ki67-{NEW}.mar", tmp_path)
        wait_until(pod.is_ready, NOTICED_S)
        assert pod.replica.default() == NEW
    finally:
        pod.close()
        registered.pods.remove(pod)


def test_all_of_a_name_are_found() -> None:
    assert "127.0.0.1" in OperatorSettings(ki67_torchserve_headless="localhost").hosts()
    with pytest.raises(UnreachableError, match="no TorchServe is ready"):
        OperatorSettings(ki67_torchserve_headless="nowhere.invalid").hosts()


def test_networks_of_the_image_are_lent_whole_and_once(tmp_path: Path) -> None:
    networks, cache = tmp_path / "networks", tmp_path / "cache"
    (networks / "key").mkdir(parents=True)
    (networks / "key" / "network.xml").write_text("network")
    cache.mkdir()
    lend(networks, cache)
    (cache / "key" / "network.xml").write_text("in use")
    lend(networks, cache)
    assert [path.name for path in cache.iterdir()] == ["key"]
    assert (cache / "key" / "network.xml").read_text() == "in use"
