"""The benchmark of records: every question is answered, and its exit status is true."""

import subprocess
import sys

from benchmark.records.asked import Measured, Question


def test_a_few_records_are_found_fast_enough() -> None:
    command = [sys.executable, "-m", "benchmark.records", "--records", "200", "--repeats", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert "administrator" in done.stdout, done.stderr
    assert done.returncode == ("[red]no" in done.stdout or "│ no" in done.stdout)


def test_a_median_at_its_limit_does_not_hold() -> None:
    question = Question("one record", "analyst", ("/",), 10.0)
    assert Measured(question, 9.9).holds
    assert not Measured(question, 10.0).holds
