"""A cluster to test on: any KUBECONFIG; for an API server alone, also tools that start one.

`make api-test` and `make cluster-test` ask for it. No other run touches a cluster, whatever KUBECONFIG says.
"""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, find_kubectl

ASKED = os.environ.get("KI67_CLUSTER_TESTS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests to their make targets."""
    for item in items:
        if "tests/cluster/" in item.nodeid and not ASKED:
            item.add_marker(pytest.mark.skip("needs a cluster: `make api-test` or `make cluster-test`"))


@pytest.fixture(scope="session")
def kubeconfig() -> Iterator[Path]:
    """Return the cluster's, or start an API server; skips where there is neither."""
    tools = os.environ.get("KI67_CLUSTER_TOOLS")
    if "KUBECONFIG" in os.environ:
        yield Path(os.environ["KUBECONFIG"])
    elif tools and ASKED == "api":
        started = subprocess.run(
            [Path(tools, "api-up")], stdout=subprocess.PIPE, text=True, timeout=1800, check=True
        )
        yield Path(started.stdout.split()[-1])
        subprocess.run([Path(tools, "api-down")], timeout=60, check=True)
    else:
        pytest.skip("no cluster: set KUBECONFIG, or for the API server alone KI67_CLUSTER_TOOLS")


@pytest.fixture(scope="module")
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    """Make a namespace for one file of tests."""
    kubectl = find_kubectl()
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    made = Cluster(kubeconfig, kubectl, f"ki67-{secrets.token_hex(4)}")
    made.kubectl("create", "namespace", made.namespace)
    yield made
    made.kubectl("delete", "namespace", made.namespace, "--wait=false")
