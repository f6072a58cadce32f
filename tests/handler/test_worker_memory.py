"""Memory as Linux tells it: the machine's, or its container's where that is less."""

from mmap import mmap
from pathlib import Path

from handler.memory import available_bytes, resident_bytes

MIB = 2**20


def test_what_is_taken_shows_in_the_resident_memory() -> None:
    """Taken from the kernel: what earlier tests have given back to this process would be used first."""
    before = resident_bytes()
    with mmap(-1, 64 * MIB) as taken:
        taken.write(b"1" * len(taken))
        after = resident_bytes()
    assert before is not None
    assert after is not None
    assert after - before > 0.9 * 64 * MIB


def test_a_containers_limit_counts_where_it_leaves_less(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    8192 kB\n")
    (tmp_path / "memory.max").write_text(f"{4 * MIB}\n")
    (tmp_path / "memory.current").write_text(f"{3 * MIB}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {MIB // 2}\n")
    assert available_bytes(meminfo, tmp_path) == 3 * MIB // 2
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(meminfo, tmp_path) == 8 * MIB


def test_where_nothing_is_told_nothing_is_said(tmp_path: Path) -> None:
    assert available_bytes(tmp_path / "no", tmp_path / "no") is None
    assert resident_bytes(tmp_path / "no") is None
