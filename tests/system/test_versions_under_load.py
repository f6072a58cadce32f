"""Versions are changed under constant load: registered, canary, promoted, rolled back, gone; nobody notices.

Then processes are killed under the same load: a worker in the middle of a batch, and TorchServe as a whole.
"""

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.handler.image_files import encode
from tests.imports import ROOT
from tests.system.test_run import Running, running_in, wait_until
from training.phantoms import draw_phantom

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
CLIENTS = 6
IMAGES, SOME = 600, 60
"""Whose share is told from their hashes: the same in every run, so no share is off by chance."""
OLD, NEW = "1.0", "1.1"
ROUTES_KNOWN_S = 2.0
"""Gateway processes ask for the routes again after a second."""


@dataclass(frozen=True)
class Answered:
    """One POST: when it was sent and answered, what came back."""

    image: int
    sent_at: float
    answered_at: float
    status: int
    version: str | None
    result: str


@dataclass
class Load:
    """Clients that send one image after the other, as long as they are let."""

    running: Running
    answers: list[Answered] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        key = Path(self.running.environment["KI67_VAR"], "api-key").read_text().strip()
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.running.environment['GATEWAY_PORT']}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=180,
        )
        self._images = [encode(draw_phantom(seed, 64, 64).rgb, "PNG") for seed in range(IMAGES)]
        self._numbers = itertools.count()
        self._clients = [threading.Thread(target=self._send_all) for _ in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for client in self._clients:
            client.join()
        self._client.close()

    def _send_all(self) -> None:
        while not self._stopped.is_set():
            self.answers.append(self._send(next(self._numbers) % IMAGES))

    def _send(self, image: int) -> Answered:
        sent_at = time.monotonic()
        answer = self._client.post(
            "/api/v1/analyses",
            data={"mpp": "0.5", "wait": "120"},
            files={"images": ("a.png", self._images[image])},
        )
        items = answer.json().get("items") or [{}]
        analysis = items[0].get("analysis") or {}
        return Answered(
            image,
            sent_at,
            time.monotonic(),
            answer.status_code,
            analysis.get("model", {}).get("version"),
            analysis.get("status", "none"),
        )

    def since(self, moment: float) -> dict[int, str | None]:
        """Return the version that scored each image sent after that moment."""
        return {each.image: each.version for each in list(self.answers) if each.sent_at > moment}

    def share(self, version: str, moment: float) -> float:
        """Wait until every image was sent after that moment; return that version's percentage of them."""
        wait_until(lambda: len(self.since(moment)) == IMAGES, 280)
        versions = list(self.since(moment).values())
        return 100 * versions.count(version) / len(versions)

    def versions(self, moment: float) -> set[str | None]:
        """Wait until some images were sent after that moment; return the versions that scored them."""
        wait_until(lambda: len(self.since(moment)) >= SOME, 280)
        return set(self.since(moment).values())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Only the old version is served; tiny fields may differ as they like, so that the canary stays."""
    named = {"KI67_VERSIONS": OLD, "GATEWAY_MODEL_VERSION": OLD, "GATEWAY_CANARY_DISAGREEMENT_POINTS": "100"}
    with running_in(tmp_path_factory.mktemp("versions"), **named) as running:
        yield running


@pytest.fixture(scope="module")
def load(running: Running) -> Iterator[Load]:
    with Load(running) as load:
        yield load


def operate(running: Running, *verb: str) -> Any:
    """Run the versions command as an operator does; return what it says it did."""
    done = subprocess.run(
        [sys.executable, "-m", "model_store.versions", *verb, "--json"],
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def ready(running: Running) -> set[str]:
    """Return the versions that TorchServe has ready."""
    listed = operate(running, "list")["items"]
    return {each["version"] for each in listed if all(told["workers_ready"] for told in each["torchserve"])}


def after(command: Callable[[], object]) -> float:
    """Run it; return the moment from which everybody knows."""
    command()
    time.sleep(ROUTES_KNOWN_S)
    return time.monotonic()


def test_a_new_version_comes_and_goes_and_nobody_notices(running: Running, load: Load) -> None:
    known = after(lambda: operate(running, "register", NEW))
    assert load.versions(known) == {OLD}
    for percent in ("10", "50"):
        known = after(lambda percent=percent: operate(running, "canary", NEW, percent))  # type: ignore[misc]
        assert load.share(NEW, known) == pytest.approx(float(percent), abs=3)
    known = after(lambda: operate(running, "promote", NEW))
    assert load.versions(known) == {NEW}
    begun = time.monotonic()
    operate(running, "rollback")
    assert wait_for(load, OLD, begun)
    operate(running, "unregister", NEW)
    assert ready(running) == {OLD}
    assert_nobody_noticed(load)


def wait_for(load: Load, version: str, moment: float) -> list[Answered]:
    """Wait for answers of that version to images sent after that moment."""

    def found() -> list[Answered]:
        return [each for each in list(load.answers) if each.sent_at > moment and each.version == version]

    wait_until(lambda: bool(found()), 60)
    return found()


def assert_nobody_noticed(load: Load) -> None:
    failed = [each for each in load.answers if (each.status, each.result) != (200, "succeeded")]
    assert failed == []
    assert {each.version for each in load.answers} <= {OLD, NEW}


@pytest.mark.parametrize("words", [("model_service_worker",), ("ModelServer",)], ids=["worker", "TorchServe"])
def test_a_killed_process_costs_nobody_an_answer(
    running: Running, load: Load, words: tuple[str, ...]
) -> None:
    """And what was registered and routed is so afterwards."""
    operate(running, "register", NEW)
    known = after(lambda: operate(running, "canary", NEW, "50"))
    wait_for(load, NEW, known)
    killed = time.monotonic()
    running.command(*words).kill()
    assert load.versions(killed) == {OLD, NEW}
    assert ready(running) == {OLD, NEW}
    assert_nobody_noticed(load)
