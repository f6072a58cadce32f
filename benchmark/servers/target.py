"""Where images are sent and how: an image set and a number of clients in, a load's plan out."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from benchmark.images import ImageSet
from benchmark.load.plan import Plan, Shot

ANSWER_S = 240.0


class Target(Protocol):
    """A server that scores images."""

    def plan(self, mpp: float) -> Plan:
        """Return a plan without shots for images of `mpp` microns per pixel."""

    def body(self, file: bytes, mpp: float) -> bytes:
        """Return what is sent for one image."""


@dataclass(frozen=True)
class TorchServeTarget:
    """TorchServe itself: the image as the body, options as headers."""

    port: int
    path: str
    key: str

    def plan(self, mpp: float) -> Plan:
        """Ask for JSON, as the gateway's own callers get it."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/octet-stream",
            "Accept": "application/json",
            "X-Ki67-Mpp": f"{mpp:g}",
        }
        return Plan(self.port, self.path, headers, [], timeout_s=ANSWER_S)

    def body(self, file: bytes, mpp: float) -> bytes:
        """Return the image itself."""
        return file


@dataclass(frozen=True)
class GatewayTarget:
    """The gateway: a form, answered when the image is scored."""

    port: int
    key: str
    boundary: str = uuid.uuid5(uuid.NAMESPACE_OID, "benchmark").hex

    def plan(self, mpp: float) -> Plan:
        """Wait for the result with the request."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Accept": "application/json",
        }
        total_at: list[str | int] = ["items", 0, "analysis", "counts", "total"]
        return Plan(self.port, "/api/v1/analyses", headers, [], total_at, timeout_s=ANSWER_S)

    def body(self, file: bytes, mpp: float) -> bytes:
        """Return the form."""
        fields = {"mpp": f"{mpp:g}", "wait": f"{ANSWER_S:g}"}
        parts = [
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = (
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="images"; filename="field.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        return b"".join([*parts, head.encode(), file, f"\r\n--{self.boundary}--\r\n".encode()])


class Magazine:
    """Writes each image's body once into a folder, and makes plans that send them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def plan(
        self,
        target: Target,
        images: ImageSet,
        concurrency: int,
        *,
        warm_up_s: float = 0.0,
        seconds: float,
        requests: int | None = None,
        broken: Sequence[bytes] = (),
    ) -> Plan:
        """Send the images in turn; one in twenty is one of `broken`, where there are any."""
        good = [self._shot(target, images.mpp, file) for file in images.files]
        bad = [replace(self._shot(target, images.mpp, file), broken=True) for file in broken]
        return replace(
            target.plan(images.mpp),
            shots=with_broken(good, bad),
            concurrency=concurrency,
            warm_up_s=warm_up_s,
            seconds=seconds,
            requests=requests,
        )

    def _shot(self, target: Target, mpp: float, file: bytes) -> Shot:
        body = target.body(file, mpp)
        path = self._folder / uuid.uuid5(uuid.NAMESPACE_OID, body.hex()).hex
        if not path.exists():
            path.write_bytes(body)
        return Shot(str(path))


def with_broken(good: Sequence[Shot], broken: Iterable[Shot], every: int = 20) -> list[Shot]:
    """Return the good shots in turn with each broken one once, so that one in `every` is broken."""
    mixed: list[Shot] = []
    for bad in broken:
        turns = [good[(len(mixed) + k) % len(good)] for k in range(every - 1)]
        middle = every // 2
        mixed += [*turns[:middle], bad, *turns[middle:]]
    return mixed or list(good)
