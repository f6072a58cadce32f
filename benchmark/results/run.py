"""One run of the benchmark as a whole; to JSON and back, and filled up from an earlier one."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from benchmark.bench import Options
from benchmark.figures import Figure, Figures
from benchmark.goals import GOALS
from benchmark.machine import Machine


@dataclass(frozen=True)
class Run:
    """Figures with their circumstances; `served` is the engine that servers are compared with.

    `configuration` is the SHA-256 of what was measured: a version's files and the code.
    """

    measured_at: str
    options: Options
    machine: Machine
    served: str
    figures: Figures
    configuration: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "measured_at": self.measured_at,
            "options": asdict(self.options),
            "machine": asdict(self.machine),
            "served": self.served,
            "configuration": self.configuration,
            "goals": [_judged(goal, self.figures) for goal in GOALS],
            "figures": {name: _plain(figure) for name, figure in self.figures.figures.items()},
            "failures": self.figures.failures,
            "notes": self.figures.notes,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` wrote; raises KeyError or TypeError where it is something else."""
        figures = {
            name: Figure(raw["unit"], tuple(raw["rounds"])) for name, raw in document["figures"].items()
        }
        return cls(
            document["measured_at"],
            Options(**document["options"]),
            Machine(**document["machine"]),
            document["served"],
            Figures(figures, dict(document["failures"]), list(document["notes"])),
            document.get("configuration", ""),
        )

    def other_than(self, earlier: "Run") -> list[str]:
        """Name what makes figures of an earlier run figures of something else."""
        return [
            name
            for name, ours, theirs in (
                ("version", self.options.version, earlier.options.version),
                ("engine", self.served, earlier.served),
                ("configuration", self.configuration, earlier.configuration),
                ("machine", self.machine, earlier.machine),
            )
            if ours != theirs
        ]

    def filled_up(self, earlier: "Run") -> None:
        """Take what this run did not measure from an earlier one, and say so; raises ValueError."""
        if other := self.other_than(earlier):
            raise ValueError(f"the earlier run had another {' and another '.join(other)}; measure all anew")
        missing = [name for name in earlier.figures.figures if name not in self.figures.figures]
        if not missing:
            return
        self.figures.figures |= {name: earlier.figures.figures[name] for name in missing}
        sections = ", ".join(sorted({name.split(".", maxsplit=1)[0] for name in missing}))
        self.figures.note(
            f"Taken from the run of {earlier.measured_at} on {earlier.machine.sentence}: {sections}."
        )


def read_run(path: Path) -> Run:
    """Read a JSON file of a run; raises ValueError with a sentence where it is none."""
    try:
        return Run.from_document(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} was not written by `make benchmark` with --json") from error


def write_run(run: Run, path: Path) -> None:
    """Write the JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run.to_document(), indent=2) + "\n", encoding="utf-8")


def _judged(goal: Any, figures: Figures) -> dict[str, Any]:
    found = figures.figures.get(goal.figure)
    return {
        "title": goal.title,
        "figure": goal.figure,
        "target": goal.target,
        "value": found.median if found else None,
        "verdict": goal.judge(figures).value,
    }


def _plain(figure: Figure) -> dict[str, Any]:
    spread = {"median": figure.median, "low": figure.low, "high": figure.high}
    return {"unit": figure.unit, **spread, "rounds": list(figure.rounds)}
