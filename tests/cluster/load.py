"""Constant load from a pod of the cluster, and what became of each image."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.cluster import RELEASE, Cluster, wait_until
from tests.handler.image_files import encode
from tests.helm.rendering import Json
from training.phantoms import draw_phantom

POD, IMAGES, CLIENTS = "load", 24, 4
SENDING = Path(__file__).with_name("sending.py")
WARM_IMAGES = 8


@dataclass(frozen=True)
class Sent:
    """One image: how often it was sent again and why, what came back."""

    sent_at: float
    again: tuple[str, ...]
    status: int
    id: str | None
    result: str | None
    version: str | None


@dataclass
class Load:
    """What has been sent, as the pod's log tells."""

    cluster: Cluster
    log: str | None = None
    """All of it, once the pod has ended."""

    def sent(self) -> list[Sent]:
        """Return all images that have an answer, or were given up."""
        log = self.cluster.kubectl("logs", POD) if self.log is None else self.log
        lines = (json.loads(line) for line in log.splitlines() if line)
        return [
            Sent(
                each["sent_at"],
                tuple(each["again"]),
                each["status"],
                each.get("id"),
                each.get("result"),
                each.get("version"),
            )
            for each in lines
        ]

    def goes_on(self, images: int = WARM_IMAGES, *, version: str | None = None, seconds: float = 300) -> None:
        """Wait until so many more images are scored that were sent from now on, by that version."""
        moment = time.time()

        def scored() -> bool:
            new = [it for it in self.sent() if it.sent_at > moment and it.result == "succeeded"]
            return sum(version in (None, it.version) for it in new) >= images

        wait_until(scored, seconds, f"{images} images scored" + (f" by {version}" if version else ""))


@contextmanager
def load(cluster: Cluster, image: str) -> Iterator[Load]:
    """Send all the time while the block runs; then every image has its answer, and the pod is gone."""
    cluster.apply(_pictures(), _pod(image))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=120s")
    running = Load(cluster)
    try:
        running.goes_on()
        yield running
    finally:
        cluster.kubectl("exec", POD, "--", "touch", "/tmp/stop")  # noqa: S108 - the pod's own
        wait_until(lambda: _phase(cluster) == "Succeeded", 300, "the last answers")
        running.log = cluster.kubectl("logs", POD)
        cluster.kubectl("delete", f"pod/{POD}", f"configmap/{POD}")


def _phase(cluster: Cluster) -> str:
    return str(cluster.get("pod", POD)["status"]["phase"])


def _pictures() -> Json:
    drawn = {
        f"{seed}.png": base64.b64encode(encode(draw_phantom(seed, 64, 64).rgb, "PNG")).decode()
        for seed in range(IMAGES)
    }
    program = {"sending.py": SENDING.read_text(encoding="utf-8")}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": POD},
        "binaryData": drawn,
        "data": program,
    }


def _pod(image: str) -> Json:
    url = f"http://{RELEASE}-gateway"
    container = {
        "name": POD,
        "image": image,
        "command": ["python", "/load/sending.py", url, "/load", str(CLIENTS)],
        "env": [{"name": "KI67_API_KEY_FILE", "value": "/key/check-key"}],
        "volumeMounts": [{"name": name, "mountPath": f"/{name}"} for name in ("load", "key", "tmp")],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "runAsNonRoot": True,
            },
            "containers": [container],
            "volumes": [
                {"name": "load", "configMap": {"name": POD}},
                {"name": "key", "secret": {"secretName": f"{RELEASE}-keys", "defaultMode": 0o440}},
                {"name": "tmp", "emptyDir": {}},
            ],
        },
    }
