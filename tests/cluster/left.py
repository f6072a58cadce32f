"""What of a release is in a namespace: every namespaced kind of object is asked about."""

from tests.cluster.cluster import RELEASE, Cluster

KEPT = {f"Secret/{RELEASE}-keys", f"PersistentVolumeClaim/{RELEASE}-data"}
"""What the notes declare kept."""

PASSING = {"events", "endpoints", "endpointslices"}
"""Made by Kubernetes itself for what a release makes, and gone a moment after it."""


def objects_of(cluster: Cluster) -> set[str]:
    """Return all objects with the release's label, as KIND/NAME."""
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    wanted = [kind for kind in kinds if kind.partition(".")[0] not in PASSING]
    label = f"app.kubernetes.io/instance={RELEASE}"
    found = cluster.get(",".join(wanted), "-l", label)["items"]
    return {f"{each['kind']}/{each['metadata']['name']}" for each in found}
