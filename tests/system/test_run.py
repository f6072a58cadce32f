"""`make run` as a whole: real TorchServe, gateway and worker on free ports, in a data folder of their own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psutil
import pytest

from benchmark.servers.ports import free_ports
from tests.imports import ROOT

REAL_FIELDS = ROOT.parent / "shared" / "data" / "ki67-dev"
START_S = 240.0
"""A start on two busy cores; on two free ones it takes less than 20 s."""


@dataclass
class Running:
    process: subprocess.Popen[str]
    output: Path
    environment: dict[str, str]

    def text(self) -> str:
        return self.output.read_text()

    def line(self, beginning: str) -> str:
        return next(line.strip() for line in self.text().splitlines() if line.strip().startswith(beginning))

    def all_processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def command(self, *needles: str) -> psutil.Process:
        """Return the process, not a guard, whose command line holds these words."""
        for process in self.all_processes():
            words = " ".join(process.cmdline())
            if "guard.py" not in words and all(needle in words for needle in needles):
                return process
        raise AssertionError(f"no process runs {needles}")


def wait_until(condition: Callable[[], bool], at_most_s: float) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start(var: Path, output: Path, **more: str) -> Running:
    names = (
        "GATEWAY_PORT",
        *(f"KI67_TORCHSERVE_{name}_PORT" for name in ("INFERENCE", "MANAGEMENT", "METRICS")),
    )
    ports = {name: str(port) for name, port in zip(names, free_ports(4), strict=True)}
    environment = os.environ | ports | {"KI67_VAR": str(var), "KI67_MIN_FREE_MIB": "100"} | more
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack.run"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            text=True,
        )
    return Running(process, output, environment)


def wait_until_ready(running: Running) -> None:
    def settled() -> bool:
        return "is ready at" in running.text() or running.process.poll() is not None

    wait_until(settled, START_S)
    assert running.process.poll() is None, running.text()


@contextmanager
def running_in(folder: Path, **more: str) -> Iterator[Running]:
    """Start everything in that folder, ready when the block begins and stopped when it ends.

    `more` are environment variables besides ports and folder.
    """
    running = start(folder / "var", folder / "output", **more)
    try:
        wait_until_ready(running)
        yield running
    finally:
        running.process.terminate()
        running.process.wait(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_in(tmp_path_factory.mktemp("make-run")) as running:
        yield running


@pytest.mark.timeout(600)
def test_the_curl_line_works_as_printed(running: Running) -> None:
    line = running.line("curl ")
    done = subprocess.run(["bash", "-c", f"{line} --silent"], capture_output=True, timeout=120, check=True)
    (item,) = json.loads(done.stdout)["items"]
    assert item["analysis"]["status"] == "succeeded"
    assert item["analysis"]["counts"]["total"] > 0


def test_the_key_is_readable_by_its_owner_only(running: Running) -> None:
    key = Path(running.line("API key").split()[-1])
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text().strip() not in running.text()


def test_what_is_written_is_readable_by_its_owner_only(running: Running) -> None:
    var = Path(running.environment["KI67_VAR"])
    records_and_logs = [*var.glob("*.sqlite3*"), *var.glob("log/*.log")]
    assert len(records_and_logs) >= 4
    for path in [var, *records_and_logs]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_make_score_scores_a_folder(running: Running) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "client.score", "docs/images/phantom.png", "--mpp", "0.25"],
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 scored, 0 failed" in done.stdout
    assert list((Path(running.environment["KI67_VAR"]) / "scores").glob("phantom-*.png"))


@pytest.mark.skipif(not REAL_FIELDS.exists(), reason="real annotated fields are not beside this checkout")
@pytest.mark.timeout(900)
def test_real_fields_are_scored_over_rest_as_well_as_promised(running: Running, tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    options = {
        "--url": f"http://127.0.0.1:{running.environment['GATEWAY_PORT']}",
        "--key-file": running.line("API key").split()[-1],
        "--json": str(report),
    }
    command = [sys.executable, "-m", "training.evaluate", str(REAL_FIELDS), *chain(*options.items())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())
    assert (figures["bcdata"]["fields"], figures["shidc"]["fields"]) == (13, 16)
    assert figures["bcdata"]["f1_any"] >= 0.80
    assert figures["shidc"]["f1_any"] >= 0.65
    for source in figures.values():
        assert source["index_mean_absolute_error"] <= 5.0
        assert not [row["name"] for row in source["by_field"] if row["annotated"] > 50 and not row["found"]]


def test_each_service_logs(running: Running) -> None:
    folder = Path(running.environment["KI67_VAR"]) / "log"
    for name in ("torchserve", "gateway", "worker"):
        assert (folder / f"{name}.log").stat().st_size > 0


def test_no_log_names_the_image(running: Running) -> None:
    for log in (Path(running.environment["KI67_VAR"]) / "log").iterdir():
        assert "phantom" not in log.read_text(errors="replace"), log.name


def test_a_second_run_on_the_same_folder_is_refused(running: Running) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stack.run"],
        cwd=ROOT,
        env=running.environment | {"GATEWAY_PORT": "1", "KI67_MIN_FREE_MIB": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"make run: .+\.\n", done.stderr)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("words", [("ModelServer",), ("gateway.worker",), ("gunicorn", "gateway:create_app")])
def test_a_killed_service_comes_back(running: Running, words: tuple[str, ...]) -> None:
    killed = running.command(*words)
    killed.kill()
    wait_until(lambda: f"ended with status {128 + signal.SIGKILL}" in running.text().splitlines()[-1], 20)

    def is_back() -> bool:
        try:
            return running.command(*words).pid != killed.pid
        except (AssertionError, psutil.NoSuchProcess):
            return False

    wait_until(is_back, 60)
    curl = running.line("curl ").replace("-F mpp=0.25", "-F mpp=0.25 -F wait=200")

    def scores() -> bool:
        done = subprocess.run(
            ["bash", "-c", f"{curl} --silent"], capture_output=True, text=True, timeout=250, check=False
        )
        return '"succeeded"' in done.stdout

    wait_until(scores, START_S)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_signal_stops_everything_and_a_second_start_keeps_the_key(tmp_path: Path) -> None:
    var = tmp_path / "var"
    first = start(var, tmp_path / "first")
    wait_until_ready(first)
    key = (var / "api-key").read_text()
    everyone = [first.process.pid, *(process.pid for process in first.all_processes())]
    assert len(everyone) > 6
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(40) == 0
    assert not [pid for pid in everyone if is_alive(pid)]
    second = start(var, tmp_path / "second")
    try:
        wait_until_ready(second)
        assert (var / "api-key").read_text() == key
    finally:
        second.process.terminate()
        second.process.wait(60)
