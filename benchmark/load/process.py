"""Runs a plan in a process of its own and returns its report."""

import subprocess
import sys

from benchmark.errors import CannotMeasureError
from benchmark.load.plan import Plan
from benchmark.load.report import Report
from benchmark.places import ROOT

START_S = 30.0


def fire(plan: Plan) -> Report:
    """Run the load to its end; raises CannotMeasureError where it fails or not one answer was right."""
    limit_s = START_S + plan.warm_up_s + plan.seconds + 4 * plan.timeout_s
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmark.load"],
            cwd=ROOT,
            input=plan.to_json(),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=True,
        )
        report = Report.from_json(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise CannotMeasureError(f"the load did not end within {limit_s:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise CannotMeasureError(f"the load failed: {error.stderr.strip()[-300:]}") from error
    if not report.right:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in report.errors.items()) or "no answer at all"
        raise CannotMeasureError(f"no right answer came from port {plan.port}: {kinds}")
    return report
