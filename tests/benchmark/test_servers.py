"""Processes that are started are stopped, with everything they started."""

import os
import sys
import time
from pathlib import Path

import psutil

from benchmark.resident import forget_peak, peak_mib, resident_mib
from benchmark.servers.guarded import guarded
from benchmark.servers.ports import free_ports

HOLDS_64_MIB = "import time; held = bytearray(64 << 20); del held; print('ready', flush=True); time.sleep(60)"
PARENT = """\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", flush=True)
child.wait()
"""


def wait_for(what: str, log: Path) -> None:
    deadline = time.monotonic() + 20
    while what not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_guarded_command_ends_with_its_block_and_so_do_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with guarded((sys.executable, "-c", PARENT), tmp_path, os.environ, log) as running:
        wait_for("ready", log)
        family = [psutil.Process(running.pid), *psutil.Process(running.pid).children()]
        assert running.is_running()
    assert len(family) == 2
    assert not running.is_running()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive


def test_the_peak_of_a_process_is_told_and_set_back(tmp_path: Path) -> None:
    command, log = (sys.executable, "-c", HOLDS_64_MIB), tmp_path / "log"
    with guarded(command, tmp_path, os.environ, log) as running:
        wait_for("ready", log)
        now, peak = resident_mib([running.pid]), peak_mib(running.pid)
        if os.access(f"/proc/{running.pid}/clear_refs", os.W_OK):
            forget_peak(running.pid)
        after = peak_mib(running.pid)
    assert peak >= 1
    assert now <= peak
    assert after <= peak


def test_free_ports_are_different_ones() -> None:
    assert len(set(free_ports(4))) == 4


def test_memory_of_this_process_is_plausible() -> None:
    assert 5 < resident_mib([os.getpid()]) < 20_000
