"""Brings an archive of a model into a claim of the cluster, as an operator does who has no bucket."""

import base64
import hashlib
from pathlib import Path

from tests.cluster.cluster import Cluster
from tests.helm.rendering import Json

CLAIM, FOLDER = "models", "/source"
_WRITING = "import base64, sys; open(sys.argv[1], 'wb').write(base64.b64decode(sys.stdin.read()))"


def put_archive(cluster: Cluster, archive: Path, image: str) -> tuple[str, str]:
    """Write the file into a new claim by a pod; return its path in TorchServe's pods, and its SHA-256."""
    cluster.apply(_claim(), _pod(image))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{CLAIM}", "--timeout=120s")
    data = archive.read_bytes()
    path = f"{FOLDER}/{archive.name}"
    told = base64.b64encode(data).decode()
    cluster.kubectl("exec", "-i", CLAIM, "--", "python", "-c", _WRITING, path, text=told)
    cluster.kubectl("delete", "pod", CLAIM)
    return path, hashlib.sha256(data).hexdigest()


def _claim() -> Json:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": CLAIM}, "spec": spec}


def _pod(image: str) -> Json:
    container = {
        "name": CLAIM,
        "image": image,
        "command": ["sleep", "600"],
        "volumeMounts": [{"name": CLAIM, "mountPath": FOLDER}],
    }
    spec = {
        "securityContext": {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001, "runAsNonRoot": True},
        "terminationGracePeriodSeconds": 1,
        "containers": [container],
        "volumes": [{"name": CLAIM, "persistentVolumeClaim": {"claimName": CLAIM}}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": CLAIM}, "spec": spec}
