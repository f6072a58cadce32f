"""The load's process: plan on standard input, report on standard output."""

import sys

from benchmark.load.generator import Load
from benchmark.load.plan import Plan

if __name__ == "__main__":
    sys.stdout.write(Load(Plan.from_json(sys.stdin.read())).run().to_json())
