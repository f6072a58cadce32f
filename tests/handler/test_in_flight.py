"""Who is at work is seen by others, and a worker that is killed is not."""

import subprocess
import sys
from pathlib import Path

from handler.in_flight import InFlight, at_work
from tests.imports import ROOT

HOLDS = """
import sys, time
from pathlib import Path
from handler.in_flight import InFlight
with InFlight(Path(sys.argv[1]), "1.0").held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_worker_is_seen_while_it_works_and_not_when_it_was_killed(tmp_path: Path) -> None:
    mine = InFlight(tmp_path, "1.0")
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert mine.others() == len(at_work(tmp_path)) == len(at_work(tmp_path, "1.0")) == 1
        assert at_work(tmp_path, "1.1") == []
        with mine.held():
            assert (mine.others(), len(at_work(tmp_path))) == (1, 2)
        other.kill()
    assert (mine.others(), at_work(tmp_path)) == (0, [])


def test_where_nothing_can_be_written_scoring_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with InFlight(file / "folder", "1.0").held() as held:
        assert held is None
