"""The versions command against a real TorchServe that scores all the while."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx2
import pytest

from benchmark.servers.ports import free_ports
from handler.example import example_png
from handler.in_flight import FOLDER, at_work
from model_store.archive import ROOT, build_archive, sha256_of
from model_store.failures import RefusedError
from model_store.replica import Replica
from tests.handler.image_files import encode
from tests.model_store.made import BROKEN, COLOUR, add_version, change_json, project, raising
from tests.serving import RunningTorchServe
from training.phantoms import draw_phantom

SMALL = encode(draw_phantom(5, 128, 128).rgb, "PNG")
NEW = "colour-2.0"


class Stage:
    """A server, the project that its versions come from, and the command."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "archives"
        self.project = project(folder / "project")
        change_json(add_version(self.project, NEW) / "spec.json", thresholds={"min_area_um2": 60.0})
        self.server = RunningTorchServe(
            folder / "run",
            [build_archive(COLOUR, self.store)],
            version=COLOUR,
            supervised=True,
            model_api=True,
        )

        address = f"http://127.0.0.1:{self.server.ports.management}"
        self.replica = Replica(address, self.server.folder / "key_file.json")

    def __call__(
        self, *words: str, project: Path | None = None, status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a verb and check its exit status."""
        options = {
            "--management-url": f"http://127.0.0.1:{self.server.ports.management}",
            "--inference-url": f"http://127.0.0.1:{self.server.ports.inference}",
            "--key-file": str(self.server.folder / "key_file.json"),
            "--archives": str(self.store),
            "--project": str(project or self.project),
        }
        command = [sys.executable, "-m", "model_store.versions", "--no-gateway"]
        command += [word for pair in options.items() for word in pair]
        done = subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def registered(self) -> list[str]:
        return sorted(each["modelVersion"] for each in self.replica.all())

    def score(self, version: str = COLOUR, image: bytes = SMALL) -> httpx2.Response:
        return httpx2.post(
            f"http://127.0.0.1:{self.server.ports.inference}/predictions/ki67/{version}",
            content=image,
            headers={"Authorization": f"Bearer {self.server.keys.inference}"},
            timeout=60,
        )

    @contextmanager
    def scoring(self) -> Iterator[list[int]]:
        """Score by the default version all the while, and tell each answer's status."""
        statuses: list[int] = []
        end = threading.Event()

        def go_on() -> None:
            while not end.is_set():
                statuses.append(self.score().status_code)
                end.wait(0.05)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield statuses
        finally:
            end.set()
            thread.join()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("versions"))
    try:
        stage.server.start()
        yield stage
    finally:
        stage.server.stop()
        stage.replica.close()


@pytest.fixture
def new(stage: Stage) -> Iterator[Stage]:
    """The second version is registered, and the first is the default; also afterwards."""
    stage("register", NEW)
    yield stage
    stage.replica.set_default(COLOUR)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_version_is_refused_with_the_reason_and_nobody_notices(
    stage: Stage, kind: str, tmp_path: Path
) -> None:
    make, reason = BROKEN[kind]
    broken = project(tmp_path / "project")
    make(broken, f"broken-{kind}")
    before = sorted(path.name for path in stage.store.iterdir())
    with stage.scoring() as statuses:
        done = stage("register", f"broken-{kind}", project=broken, status=1)
    assert reason in done.stderr
    assert statuses
    assert set(statuses) == {200}
    assert f"broken-{kind}" not in stage.registered()
    assert sorted(path.name for path in stage.store.iterdir()) == before


def test_torchserve_itself_refuses_a_handler_that_raises_and_what_is_left_is_cleared(
    stage: Stage, tmp_path: Path
) -> None:
    """As where a worker fails only there: on another machine, say."""
    broken = project(tmp_path / "project")
    raising(broken, "broken-there")
    archive = build_archive("broken-there", stage.store, broken)
    with stage.scoring() as statuses, pytest.raises(RefusedError, match="Failed to start workers"):
        stage.replica.register(archive.name, 8, 3)
    assert set(statuses) == {200}
    stage("unregister", "broken-there")
    assert "broken-there" not in stage.registered()
    archive.unlink()


def test_a_dry_run_checks_and_changes_nothing(stage: Stage) -> None:
    before = stage.registered(), sorted(path.name for path in stage.store.iterdir())
    assert f"would: registered version {NEW}" in stage("register", NEW, "--dry-run").stdout
    assert (stage.registered(), sorted(path.name for path in stage.store.iterdir())) == before


def test_a_version_is_registered_warm_in_the_very_bits_that_were_built(new: Stage, tmp_path: Path) -> None:
    told = json.loads(new("register", NEW, "--json").stdout)  # again: it is there already
    built = build_archive(NEW, tmp_path, new.project)
    assert told["archive_sha256"] == sha256_of(built) == sha256_of(new.store / built.name)
    assert "index_percent" in new.replica.own_words(NEW)["example"]
    assert new.score(NEW).json()["model"]["version"] == NEW


def test_the_list_tells_default_workers_and_hashes_against_the_store(new: Stage) -> None:
    rows = {row["version"]: row for row in json.loads(new("list", "--json").stdout)["items"]}
    (told,) = rows[COLOUR]["torchserve"]
    assert (told["is_default"], told["workers_ready"], told["workers_wanted"]) == (True, 1, 1)
    assert (rows[NEW]["store"], rows[NEW]["torchserve"][0]["is_default"]) == ("same", False)
    assert NEW in new("list").stdout


def test_other_code_under_the_same_name_is_refused(new: Stage, tmp_path: Path) -> None:
    other = project(tmp_path / "project")
    folder = add_version(other, NEW)
    change_json(folder / "spec.json", thresholds={"probability": 0.61})
    done = new("register", NEW, project=other, status=1)
    assert f"another version {NEW} is registered" in done.stderr
    assert new.score(NEW).json()["thresholds"]["probability"] != 0.61


def test_promoted_and_rolled_back_within_two_seconds_without_one_failure(new: Stage) -> None:
    began = time.monotonic()
    new("--help")
    start_s = time.monotonic() - began  # of a program on this machine, as busy as it is now
    with new.scoring() as statuses:
        new("promote", NEW)
        assert new.replica.default() == NEW
        assert "already" in new("promote", NEW).stdout
        started = time.monotonic()
        new("rollback")
        assert new.score("").json()["model"]["version"] == COLOUR
        assert time.monotonic() - started - start_s < 1.5
        assert "already" in new("rollback").stdout
    assert new.replica.default() == COLOUR
    assert set(statuses) == {200}


def test_workers_are_scaled_and_too_many_are_refused(new: Stage) -> None:
    new("scale", NEW, "2")
    workers = new.replica.version(NEW) or {}
    assert [each["status"] for each in workers["workers"]] == ["READY", "READY"]
    assert "already" in new("scale", NEW, "2").stdout
    assert "memory is short" in new("scale", NEW, "250", status=1).stderr
    new("scale", NEW, "0", status=2)
    new("scale", NEW, "1")


def test_two_versions_are_compared_on_a_folder_and_the_worst_is_drawn(new: Stage, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for seed in (1, 2):
        (images / f"{seed}.png").write_bytes(encode(draw_phantom(seed, 200, 200).rgb, "PNG"))
    (images / "broken.png").write_bytes(b"no image")
    picture = tmp_path / "worst.png"
    words = ("compare", COLOUR, NEW, str(images), "--mpp", "0.5", "--picture", str(picture), "--json")
    told: dict[str, Any] = json.loads(new(*words).stdout)
    assert (told["compared"], told["failed"]) == (2, 1)
    assert told["largest_absolute_difference"] >= told["mean_absolute_difference"] > 0
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape[1] == 2 * 520


def test_a_version_that_goes_answers_what_it_has(new: Stage) -> None:
    with ThreadPoolExecutor(12) as clients:
        sent = [clients.submit(new.score, NEW, example_png()) for _ in range(12)]
        wait_for_work(new)
        new("unregister", NEW)
        assert {each.result().status_code for each in sent} == {200}
    assert new.registered() == [COLOUR]
    assert "is not registered" in new("unregister", NEW).stdout


def wait_for_work(stage: Stage) -> None:
    end = time.monotonic() + 20
    while not at_work(stage.server.folder / "tmp" / "models" / FOLDER, NEW):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_default_is_never_let_go(stage: Stage) -> None:
    assert "is the default" in stage("unregister", COLOUR, status=1).stderr
    assert stage.score().status_code == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("promote",), "no canary to promote"),
        (("promote", "9.9"), "not registered"),
        (("canary", NEW, "10"), "shares are the gateway's"),
        (("register", "9.9"), "no folder of a version"),
        (("scale", "9.9", "2"), "not registered"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(stage: Stage, words: tuple[str, ...], told: str) -> None:
    done = stage(*words, status=1)
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_does_not_answer_has_an_exit_status_of_its_own(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = [
        sys.executable,
        "-m",
        "model_store.versions",
        "--no-gateway",
        "--key-file",
        str(tmp_path / "no"),
    ]
    command += ["--management-url", f"http://127.0.0.1:{port}", "list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith(f"versions: TorchServe at http://127.0.0.1:{port} does not answer")


def headers_of(who: str, stage: Stage) -> dict[str, str]:
    """Return what somebody who is not the operator can send."""
    return {
        "nobody": {},
        "a guesser": {"Authorization": "Bearer wrong"},
        "a scorer": {"Authorization": f"Bearer {stage.server.keys.inference}"},
        "another page": {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    }[who]


@pytest.mark.parametrize("who", ["nobody", "a guesser", "a scorer", "another page"])
def test_nobody_but_the_operator_registers_scales_moves_or_removes(stage: Stage, who: str) -> None:
    headers = headers_of(who, stage)
    model = f"http://127.0.0.1:{stage.server.ports.management}/models"
    archive = {"url": f"ki67-{COLOUR}.mar", "model_name": "other"}
    before = stage.registered()
    answers = [
        httpx2.post(model, params=archive, headers=headers),
        httpx2.put(f"{model}/ki67/{COLOUR}", params={"min_worker": 5}, headers=headers),
        httpx2.put(f"{model}/ki67/{COLOUR}/set-default", headers=headers),
        httpx2.delete(f"{model}/ki67/{COLOUR}", headers=headers),
        httpx2.get(model, headers=headers),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (400, "InvalidKeyException")
        assert "access-control-allow-origin" not in answer.headers
    assert stage.registered() == before


def test_a_page_of_another_origin_may_not_even_ask(stage: Stage) -> None:
    """Without an answer to its preflight a browser sends no key and shows no answer."""
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    for port, path in (
        (stage.server.ports.management, "/models"),
        (stage.server.ports.inference, "/predictions/ki67"),
    ):
        answer = httpx2.request("OPTIONS", f"http://127.0.0.1:{port}{path}", headers=asked)
        assert "access-control-allow-origin" not in answer.headers
    scored = httpx2.post(stage.server.url, content=SMALL, headers={"Origin": asked["Origin"]})
    assert scored.status_code == 400


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/x.mar", "file:///etc/passwd", "s3://bucket/x.mar"]
)
def test_no_archive_is_fetched_from_anywhere_by_the_operator_either(stage: Stage, address: str) -> None:
    with pytest.raises(RefusedError, match=r"does not match any allowed URL|Model not found"):
        stage.replica.register(address, 8, 3)
