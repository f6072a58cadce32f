"""The supervisor with real processes: small ones that write their id and wait, die or resist."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from model_store.java import NoJavaError
from stack.supervisor import Backoff, Service, Supervisor

WAITS = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
DIES = "import os; print(os.getpid(), flush=True); raise SystemExit(3)"
RESISTS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAITS
HAS_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITS!r}]);" + WAITS
SAYS_WHEN_STOPPED = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print(time.monotonic_ns()), sys.exit()))
print(0)
time.sleep(600)
"""
TALKS = "for n in range(20000): print(f'line {n:06}', flush=n % 100 == 0)"
QUICK = Backoff(first_s=0.1, longest_s=0.4)


@pytest.fixture
def news() -> list[str]:
    return []


@pytest.fixture
def supervisor(news: list[str]) -> Iterator[Supervisor]:
    with Supervisor(news.append, QUICK) as supervisor:
        yield supervisor


def service(folder: Path, script: str, name: str = "service", grace_s: float = 5.0) -> Service:
    command = (sys.executable, "-u", "-c", script)
    return Service(name, command, folder / f"{name}.log", folder, grace_s=grace_s)


def wait_for(supervisor: Supervisor, condition: Callable[[], bool], at_most_s: float = 20.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        supervisor.tend()
        time.sleep(0.05)


def pids(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_output_goes_to_the_log(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(service(tmp_path, "print('ready')"))
    wait_for(supervisor, (tmp_path / "service.log").exists)
    wait_for(supervisor, lambda: "ready" in (tmp_path / "service.log").read_text())


def test_a_killed_service_is_started_again(supervisor: Supervisor, tmp_path: Path, news: list[str]) -> None:
    log = tmp_path / "service.log"
    supervisor.start(service(tmp_path, WAITS))
    wait_for(supervisor, lambda: len(pids(log)) == 1)
    os.kill(pids(log)[0], signal.SIGKILL)
    wait_for(supervisor, lambda: len(pids(log)) == 2)
    assert is_alive(pids(log)[1])
    assert news == [f"service ended with status 137; it starts again in 0.1 s (see {log})"]


def test_a_service_that_keeps_dying_is_restarted_ever_more_slowly(
    supervisor: Supervisor, tmp_path: Path, news: list[str]
) -> None:
    supervisor.start(service(tmp_path, DIES))
    wait_for(supervisor, lambda: len(news) == 4)
    pauses = [line.split("again in ")[1].split(" s")[0] for line in news]
    assert pauses == ["0.1", "0.2", "0.4", "0.4"]


def test_a_long_life_forgives_earlier_deaths(tmp_path: Path, news: list[str]) -> None:
    forgiving = Backoff(first_s=0.1, longest_s=9.0, stable_s=0.0)
    with Supervisor(news.append, forgiving) as supervisor:
        supervisor.start(service(tmp_path, DIES))
        wait_for(supervisor, lambda: len(news) == 3)
    assert all("again in 0.1 s" in line for line in news)


def test_stop_ends_all_last_started_first(tmp_path: Path) -> None:
    with Supervisor(print) as supervisor:
        for name in ("first", "second"):
            supervisor.start(service(tmp_path, SAYS_WHEN_STOPPED, name))
        logs = [tmp_path / "first.log", tmp_path / "second.log"]
        wait_for(supervisor, lambda: all(pids(log) for log in logs))
    assert pids(logs[0])[-1] > pids(logs[1])[-1] > 0


def test_a_service_that_resists_is_killed_after_its_grace(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    with Supervisor(print) as supervisor:
        supervisor.start(service(tmp_path, RESISTS, grace_s=0.5))
        wait_for(supervisor, lambda: bool(pids(log)))
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not is_alive(pids(log)[0])


def test_grandchildren_do_not_outlive_their_service(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    with Supervisor(print) as supervisor:
        supervisor.start(service(tmp_path, HAS_CHILD))
        wait_for(supervisor, lambda: len(pids(log)) == 2)
    assert not any(map(is_alive, pids(log)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_supervisor_that_is_killed(number: signal.Signals, tmp_path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from model_store.java import NoJavaError
from stack.supervisor import Service, Supervisor
supervisor = Supervisor(print)
folder = Path({str(tmp_path)!r})
supervisor.start(Service("service", {(sys.executable, "-c", HAS_CHILD)!r}, folder / "service.log", folder))
time.sleep(600)
"""
    log = tmp_path / "service.log"
    with subprocess.Popen([sys.executable, "-c", program]) as parent:
        end = time.monotonic() + 20
        while len(pids(log)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        parent.send_signal(number)
    assert len(pids(log)) == 2
    while any(map(is_alive, pids(log))):
        assert time.monotonic() < end, "an orphan is left"
        time.sleep(0.05)


def test_nothing_outlives_a_guard_that_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    supervisor.start(service(tmp_path, WAITS))
    wait_for(supervisor, lambda: bool(pids(log)))
    os.kill(supervisor.processes[0].pid, signal.SIGKILL)
    wait_for(supervisor, lambda: len(pids(log)) == 2)
    assert not is_alive(pids(log)[0])


def test_a_log_stays_within_its_bound(supervisor: Supervisor, tmp_path: Path, news: list[str]) -> None:
    talker = Service("talker", (sys.executable, "-c", TALKS), tmp_path / "log", tmp_path, log_bytes=50_000)
    supervisor.start(talker)
    wait_for(supervisor, lambda: bool(news))
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes.keys() == {"log", "log.1"}
    assert max(sizes.values()) <= 50_000
    assert (tmp_path / "log").read_text().endswith("line 019999\n")


def test_a_full_disk_loses_lines_and_not_the_service(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "full.log").symlink_to("/dev/full")
    writes = f"print('lost'); open({str(tmp_path / 'done')!r}, 'w').close(); import time; time.sleep(600)"
    command = (sys.executable, "-u", "-c", writes)
    supervisor.start(Service("service", command, tmp_path / "full.log", tmp_path))
    wait_for(supervisor, (tmp_path / "done").exists)
    supervisor.tend()
    assert supervisor.processes[0].deaths == 0


@pytest.mark.parametrize(
    ("obstacle", "told"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (NoJavaError("TorchServe needs Java 17"), "TorchServe needs Java 17"),
    ],
)
def test_what_cannot_start_for_now_is_tried_again(
    supervisor: Supervisor, tmp_path: Path, news: list[str], obstacle: Exception, told: str
) -> None:
    obstacles = [None, obstacle, None]

    def before_start() -> None:
        if met := obstacles.pop(0):
            raise met

    log = tmp_path / "service.log"
    command = (sys.executable, "-u", "-c", WAITS)
    supervisor.start(Service("service", command, log, tmp_path, before_start=before_start))
    wait_for(supervisor, lambda: len(pids(log)) == 1)
    os.kill(pids(log)[0], signal.SIGKILL)
    wait_for(supervisor, lambda: len(pids(log)) == 2)
    assert f"cannot start ({told}); it starts again in 0.2 s" in news[1]
