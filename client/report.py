"""Outcomes for people (a table) and for programs (JSON)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from client.models import Analysis
from client.scoring import Outcome

COLOURS = {"low": "green", "borderline": "yellow", "high": "red"}


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row a file: counts, index with its 95 % interval, category, warnings or the reason."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    made.add_column("file", overflow="fold")
    for heading in ("positive", "negative", "index (95 %)"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("category", no_wrap=True)
    made.add_column("warnings", overflow="fold")
    for outcome in outcomes:
        made.add_row(*_row(outcome))
    return made


def document(outcomes: Sequence[Outcome], overlays: dict[Path, Path]) -> str:
    """Return everything the gateway said of each file, as JSON."""
    return json.dumps([_entry(outcome, overlays.get(outcome.file)) for outcome in outcomes], indent=2)


def _row(outcome: Outcome) -> list[Text | str]:
    name = Text(str(outcome.file))
    if outcome.analysis is None:
        return [name, "", "", "", Text("failed", "bold red"), Text(str(outcome.problem), "red")]
    counts = outcome.analysis.counts
    positive, negative = (counts.immunopositive, counts.immunonegative) if counts else (0, 0)
    codes = ", ".join(warning.code for warning in outcome.analysis.warnings)
    return [name, str(positive), str(negative), _index(outcome.analysis), _category(outcome.analysis), codes]


def _index(analysis: Analysis) -> str:
    if analysis.index_percent is None:
        return "no nuclei"
    if analysis.index_interval_percent is None:
        return f"{analysis.index_percent:.1f} %"
    low, high = analysis.index_interval_percent
    return f"{analysis.index_percent:.1f} % ({low:.1f} to {high:.1f})"


def _category(analysis: Analysis) -> Text:
    if analysis.category is None:
        return Text("none")
    doubt = "" if analysis.category_certain is not False else ", uncertain"
    return Text(analysis.category + doubt, COLOURS[analysis.category])


def _entry(outcome: Outcome, overlay: Path | None) -> dict[str, Any]:
    return {
        "file": str(outcome.file),
        "analysis": outcome.analysis.to_json() if outcome.analysis else None,
        "problem": outcome.problem.model_dump(mode="json") if outcome.problem else None,
        "overlay": str(overlay) if overlay else None,
    }
