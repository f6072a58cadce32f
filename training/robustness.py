"""How far the index moves when a photograph is changed as phones and programs change it.

Flow: images -> each perturbation of each -> index, in process or over REST -> change against the unchanged
image -> median and worst a perturbation; exit status 1 where either is beyond its limit.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from client.api import ApiError
from handler.errors import ProblemError
from training.datasets.field import DataSetError
from training.evaluate import open_systems
from training.evaluation.fields import EvaluatedField, find_fields
from training.evaluation.perturbations import PERTURBATIONS, Perturbation, png
from training.scorers import System
from training.version_folder import DEFAULT_VERSION

_UNCHANGED = Perturbation("unchanged", png)


@dataclass(frozen=True)
class Change:
    """One field under one perturbation; indices in percent, None where no nucleus was found."""

    perturbation: str
    source: str
    field: str
    index_percent: float | None
    perturbed_index_percent: float | None

    @property
    def points(self) -> float:
        """Absolute change of the index in percentage points; no nuclei count as 0, as in evaluation."""
        return abs((self.perturbed_index_percent or 0.0) - (self.index_percent or 0.0))


@dataclass(frozen=True)
class Movement:
    """How far the index moved under one perturbation, in percentage points, and where it moved farthest."""

    perturbation: str
    fields: int
    median_points: float
    worst_points: float
    worst_field: str

    def exceeds(self, median_limit: float, worst_limit: float) -> bool:
        """Tell whether median or worst is beyond its limit."""
        return self.median_points > median_limit or self.worst_points > worst_limit


def changes(system: System, fields: Iterable[EvaluatedField], mpp: float) -> list[Change]:
    """Score every field unchanged and under each perturbation; raises what the system raises."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for field in tqdm(list(fields), unit="field", file=sys.stderr):
            rgb = field.rgb()
            before = _index(system, rgb, _UNCHANGED, mpp, Path(folder))
            for perturbation in PERTURBATIONS:
                after = _index(system, rgb, perturbation, mpp, Path(folder))
                found.append(Change(perturbation.name, field.source, field.name, before, after))
    return found


def _index(
    system: System, rgb: NDArray[np.uint8], perturbation: Perturbation, mpp: float, folder: Path
) -> float | None:
    file = folder / f"perturbed{perturbation.suffix}"
    file.write_bytes(perturbation.encode(rgb))
    index: float | None = system(file, mpp).answer["index_percent"]
    return index


def movements(found: Sequence[Change]) -> list[Movement]:
    """Return median and worst of each perturbation, in order of first appearance."""
    by_perturbation: dict[str, list[Change]] = {}
    for change in found:
        by_perturbation.setdefault(change.perturbation, []).append(change)
    return [_movement(name, group) for name, group in by_perturbation.items()]


def _movement(name: str, group: Sequence[Change]) -> Movement:
    worst = max(group, key=lambda change: change.points)
    median = statistics.median(change.points for change in group)
    return Movement(name, len(group), median, worst.points, f"{worst.source} {worst.field}")


def movement_table(rows: Sequence[Movement], median_limit: float, worst_limit: float) -> Table:
    """Lay the movements out; what is beyond its limit is called so."""
    table = Table("perturbation", "fields", "median change", "worst change", "worst field", "within limits")
    for row in rows:
        figures = f"{row.median_points:.2f}", f"{row.worst_points:.2f}"
        within = "no" if row.exceeds(median_limit, worst_limit) else "yes"
        table.add_row(row.perturbation, str(row.fields), *figures, row.worst_field, within)
    return table


def _write(path: Path, system: str, rows: Sequence[Movement], found: Sequence[Change]) -> None:
    by_field = [asdict(change) | {"change_points": change.points} for change in found]
    document = {"system": system, "movements": [asdict(row) for row in rows], "by_field": by_field}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _found(folders: Iterable[Path]) -> list[EvaluatedField]:
    try:
        return find_fields(folders)
    except DataSetError as error:
        raise typer.BadParameter(str(error)) from error


def main(
    folders: Annotated[
        list[Path], typer.Argument(exists=True, file_okay=False, help="images with JSON points")
    ],
    version: Annotated[
        Path, typer.Option(help="version folder to score with in this process")
    ] = DEFAULT_VERSION,
    url: Annotated[str | None, typer.Option(help="score through this gateway instead")] = None,
    key_file: Annotated[Path, typer.Option(help="file with the gateway's API key")] = Path("var/api-key"),
    mpp: Annotated[float, typer.Option(help="microns per pixel of the images", min=0.01)] = 0.25,
    median_limit: Annotated[float, typer.Option(help="largest median change allowed, points", min=0)] = 3.0,
    worst_limit: Annotated[float, typer.Option(help="largest change allowed, points", min=0)] = 8.0,
    output: Annotated[Path | None, typer.Option("--json", help="file for all figures")] = None,
) -> None:
    """Change images slightly and see how far the index moves; exit status 1 where it moves too far."""
    fields = _found(folders)
    with ExitStack() as stack:
        ((label, system),) = open_systems(stack, [version], url, key_file).items()
        try:
            found = changes(system, fields, mpp)
        except (ApiError, ProblemError, DataSetError) as error:
            raise typer.BadParameter(str(error)) from error
    rows = movements(found)
    Console().print(movement_table(rows, median_limit, worst_limit))
    if output is not None:
        _write(output, label, rows, found)
    raise typer.Exit(any(row.exceeds(median_limit, worst_limit) for row in rows))


if __name__ == "__main__":
    typer.run(main)
