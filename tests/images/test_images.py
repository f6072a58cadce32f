"""Both images as the chart runs them: they answer, score, drain at SIGTERM, and hold nothing needless."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from benchmark.servers.ports import free_ports
from handler.example import example_png
from tests.images.containers import USER, Container, Containers, ports_of_torchserve

pytestmark = pytest.mark.images

SECRET = "a secret of the tests, longer than 32 characters"  # noqa: S105
CHECK_KEY = f"ki67_{'1b' * 6}_{'c' * 43}"
START_S = 300.0
LARGEST_CPU_IMAGE_BYTES = 2.6e9


class Served:
    """A TorchServe in a container, and where it is."""

    def __init__(self, container: Container, ports: dict[str, str]) -> None:
        self.container = container
        self.url, self.management_url = (f"http://127.0.0.1:{port}" for port in list(ports.values())[:2])

    def is_ready(self) -> bool:
        assert self.container.is_running(), self.container.log()
        return self.container.succeeds("python", "-m", "model_store.ready")

    def score(self, image: bytes) -> httpx2.Response:
        return httpx2.post(f"{self.url}/predictions/ki67/1.1", content=image, timeout=120)


@pytest.fixture(scope="module")
def served(containers: Containers, torchserve_image: str) -> Iterator[Served]:
    ports = ports_of_torchserve()
    told = ports | {"KI67_TOKENS": "off"}
    var = containers.var("torchserve")
    with containers.started("ki67-test-torchserve", torchserve_image, var=var, environment=told) as container:
        served = Served(container, ports)
        wait_until(served.is_ready, START_S)
        yield served


@pytest.fixture(scope="module")
def gateway_settings(served: Served) -> dict[str, str]:
    (port,) = free_ports(1)
    told = {
        "GATEWAY_SECRET": SECRET,
        "GATEWAY_MAILER": "folder",
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
    }
    return told | {"GATEWAY_TORCHSERVE_URL": served.url, "GATEWAY_TORCHSERVE_KEEPALIVE_SECONDS": "0"}


@pytest.fixture(scope="module")
def gateway_var(containers: Containers, gateway_image: str, gateway_settings: dict[str, str]) -> Path:
    """The folder of a gateway whose database was prepared by its own image."""
    var = containers.var("gateway")
    key = var / "check-key"
    key.write_text(CHECK_KEY)
    os.chown(key, 10001, 10001)
    command = ("flask", "--app", "gateway", "prepare-database", "--check-key-file", "/var/lib/ki67/check-key")
    assert "ready" in containers.run(gateway_image, *command, var=var, environment=gateway_settings)
    return var


@pytest.fixture(scope="module")
def gateway(
    containers: Containers, gateway_image: str, gateway_settings: dict[str, str], gateway_var: Path
) -> Iterator[Container]:
    with containers.started(
        "ki67-test-gateway", gateway_image, var=gateway_var, environment=gateway_settings
    ) as container:
        wait_until(
            lambda: container.succeeds("python", "-m", "client.check", "--ready", url(gateway_settings)), 60
        )
        yield container


def url(settings: dict[str, str]) -> str:
    return f"http://127.0.0.1:{settings['GATEWAY_PORT']}"


def wait_until(holds: Callable[[], bool], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(1.0)


def test_they_are_nobody_special_and_say_what_they_are(
    containers: Containers, torchserve_image: str, gateway_image: str
) -> None:
    for image, name in ((torchserve_image, "ki67-torchserve"), (gateway_image, "ki67-gateway")):
        assert containers.inspected(image, "{{.Config.User}}") == USER
        title = '{{index .Config.Labels "org.opencontainers.image.title"}}'
        assert containers.inspected(image, title) == name


def test_what_serves_on_a_cpu_is_no_larger_than_it_must_be(
    containers: Containers, torchserve_image: str
) -> None:
    assert int(containers.inspected(torchserve_image, "{{.Size}}")) < LARGEST_CPU_IMAGE_BYTES


@pytest.mark.parametrize("unwanted", ["gcc", "npm", "git"])
def test_torchserve_has_no_tool_that_only_builds(served: Served, unwanted: str) -> None:
    looked_for = f"import shutil; shutil.which({unwanted!r}) or exit(1)"
    assert not served.container.succeeds("python", "-c", looked_for)


@pytest.mark.parametrize("unwanted", ["training", "gateway", "tests", "model_archiver", "nncf"])
def test_torchserve_has_no_code_that_it_does_not_serve_with(served: Served, unwanted: str) -> None:
    assert not served.container.succeeds("python", "-c", f"import {unwanted}")


def test_it_runs_as_that_user_and_writes_nowhere_else(served: Served) -> None:
    assert served.container.execute("id", "-u").strip() == "10001"
    assert not served.container.succeeds("touch", "/opt/ki67/file")


def test_it_serves_with_a_network_that_was_converted_while_building(served: Served) -> None:
    (told,) = httpx2.get(f"{served.management_url}/models/ki67/1.1?customized=true", timeout=60).json()
    described = told["customizedMetadata"]
    assert '"name": "openvino"' in described or described["engine"]["name"] == "openvino"
    assert served.score(example_png()).json()["counts"]["total"] > 100


def test_a_check_scores_through_the_gateway(gateway: Container, gateway_settings: dict[str, str]) -> None:
    key = ("env", "KI67_API_KEY_FILE=/var/lib/ki67/check-key")
    assert "nuclei found" in gateway.execute(*key, "python", "-m", "client.check", url(gateway_settings))


def test_the_gateway_has_the_built_web_client(gateway: Container, gateway_settings: dict[str, str]) -> None:
    page = httpx2.get(url(gateway_settings), headers={"Accept": "text/html"}, timeout=20)
    assert (page.status_code, '<script type="module"' in page.text) == (200, True)


def test_the_gateway_has_no_network_to_run(gateway: Container) -> None:
    assert not gateway.succeeds("python", "-c", "import torch")
    assert not gateway.succeeds("touch", "/opt/ki67/file")


def test_the_gateway_does_not_start_with_insecure_defaults(
    containers: Containers, gateway_image: str
) -> None:
    with containers.started(
        "ki67-test-bare", gateway_image, var=containers.var("bare"), environment={}
    ) as bare:
        assert bare.wait() != 0
        assert "GATEWAY_SECRET is the published development default" in bare.log()


def test_the_worker_is_the_same_image_and_ends_well(
    containers: Containers, gateway_image: str, gateway_settings: dict[str, str], gateway_var: Path
) -> None:
    command = ("python", "-m", "gateway.worker")
    with containers.started(
        "ki67-test-worker", gateway_image, *command, var=gateway_var, environment=gateway_settings
    ) as worker:
        wait_until(lambda: "worker_started" in worker.log(), 60)
        worker.signal()
        assert worker.wait() == 0


def test_the_gateway_ends_well(
    containers: Containers, gateway_image: str, gateway_settings: dict[str, str], gateway_var: Path
) -> None:
    (port,) = free_ports(1)
    settings = gateway_settings | {"GATEWAY_PORT": str(port)}
    with containers.started(
        "ki67-test-ends", gateway_image, var=gateway_var, environment=settings
    ) as gateway:
        wait_until(lambda: gateway.succeeds("python", "-m", "client.check", "--ready", url(settings)), 60)
        gateway.signal()
        assert gateway.wait() == 0


def test_at_sigterm_torchserve_answers_what_it_has_and_ends(served: Served) -> None:
    """The last of this file: what is served is gone afterwards."""
    statuses: list[int] = []
    senders = [
        threading.Thread(target=lambda: statuses.append(served.score(example_png()).status_code))
        for _ in range(6)
    ]
    for sender in senders:
        sender.start()
    time.sleep(1.0)
    served.container.signal()
    for sender in senders:
        sender.join()
    assert statuses == [200] * 6
    assert served.container.wait() == 0
