"""Do engines score alike? Every engine against fp32 PyTorch, on phantoms and real fields; verdict out.

Flow: fields -> every engine, all else the same -> class maps, counts, categories -> differences, of each
field and of all sparse fields together -> table; exit status 1 where one is beyond its limit. No engine or
precision ships on speed alone.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from handler.answer import FieldAnalysis, ModelIdentity
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.scoring import Score, score_counts
from handler.spec import ModelSpec
from training.datasets.field import DataSetError
from training.evaluation.fields import find_fields
from training.evaluation.perturbations import png
from training.phantoms import draw_phantom
from training.version_folder import DEFAULT_VERSION


@dataclass(frozen=True)
class Candidate:
    """An engine that a version can run with; `gpu` is the number of the GPU it runs on, None is the CPU."""

    settings: EngineSettings
    gpu: int | None = None

    @property
    def name(self) -> str:
        """Name as the table has it, such as `openvino bf16`."""
        place = "" if self.gpu is None else " on a GPU"
        return f"{self.settings.engine} {self.settings.precision}{place}"


REFERENCE = Candidate(EngineSettings("torch", "fp32"))
COMPARED = (Candidate(EngineSettings("openvino", "fp32")), Candidate(EngineSettings("openvino", "bf16")))
ON_GPU = Candidate(EngineSettings("torch", "bf16"), gpu=0)
INT8 = Candidate(EngineSettings("openvino", "int8"))

LEAST_AGREEMENT = 0.995
MOST_POINTS = 0.5
SPARSE_BELOW = 200
"""Nuclei below which one alone is worth more than `MOST_POINTS`."""
FORGIVEN_FROM = 20
"""Nuclei from which a sparse field may differ by one of them."""
APART_POINTS = 100.0
"""Where one engine finds nuclei and the other none: there is an index or there is not."""
PHANTOM_SEED = 88_000_000
"""Beyond all that training, choice and calibration ever draw."""
PHANTOM_PX = 512
MPP = 0.5


@dataclass(frozen=True)
class ParityField:
    """A field to compare on: PNG bytes and microns per pixel."""

    name: str
    image: bytes
    mpp: float


@dataclass(frozen=True)
class Difference:
    """How one engine's answer differs from the reference's, in one field or in `fields` together.

    `agreement`: share of pixels in the same class, the least of the fields'. `counts` and `reference_counts`:
    immunopositive and immunonegative nuclei. `points`: between the indices, 0 where neither has nuclei.
    `category_kept`: also where the reference's index is within half a point of a boundary.
    """

    engine: str
    field: str
    agreement: float
    points: float
    counts: tuple[int, int]
    reference_counts: tuple[int, int]
    category_kept: bool
    fields: int = 1

    @property
    def nuclei(self) -> int:
        """What the reference counts."""
        return sum(self.reference_counts)

    @property
    def is_sparse(self) -> bool:
        """Tell whether one nucleus is worth more than the points allowed."""
        return self.nuclei < SPARSE_BELOW

    @property
    def changed_nuclei(self) -> int:
        """Fewest nuclei that must be found, lost or classed otherwise to explain the counts."""
        positive, negative = (
            ours - theirs for ours, theirs in zip(self.counts, self.reference_counts, strict=True)
        )
        return max(abs(positive), abs(negative), abs(positive + negative))

    @property
    def is_forgiven(self) -> bool:
        """Tell whether only the one nucleus that a sparse field may differ by is too many points."""
        is_one = self.changed_nuclei == 1 and self.nuclei >= FORGIVEN_FROM
        return self.points > MOST_POINTS and self.is_sparse and is_one

    @property
    def holds(self) -> bool:
        """Tell whether all three are within their limits."""
        is_near = self.points <= MOST_POINTS or self.is_forgiven
        return self.agreement >= LEAST_AGREEMENT and is_near and self.category_kept

    def to_document(self) -> dict[str, Any]:
        """Return plain values for JSON, the verdict among them."""
        verdict = {"changed_nuclei": self.changed_nuclei, "forgiven": self.is_forgiven, "holds": self.holds}
        return asdict(self) | verdict


def compare(engine: str, field: str, reference: FieldAnalysis, other: FieldAnalysis) -> Difference:
    """Compare two analyses of one field."""
    maps: tuple[NDArray[np.uint8], ...] = (reference.decoded.class_map, other.decoded.class_map)
    boundaries = reference.thresholds.category_boundaries_percent
    return Difference(
        engine,
        field,
        float((maps[0] == maps[1]).mean()),
        _points(reference.score, other.score),
        _counts(other.score),
        _counts(reference.score),
        _keeps_category(reference.score, other.score, boundaries),
    )


def together(differences: Sequence[Difference]) -> list[Difference]:
    """Return one difference an engine: the sparse fields as if they were one, where there are several.

    One nucleus is forgiven in each of them, so many small errors to the same side would pass.
    """
    sparse = [difference for difference in differences if difference.is_sparse]
    engines = dict.fromkeys(difference.engine for difference in sparse)
    rows = {engine: [each for each in sparse if each.engine == engine] for engine in engines}
    return [_pooled(engine, fields) for engine, fields in rows.items() if len(fields) > 1]


def _pooled(engine: str, fields: Sequence[Difference]) -> Difference:
    ours, theirs = (
        (sum(positive for positive, _ in counts), sum(negative for _, negative in counts))
        for counts in ([each.counts for each in fields], [each.reference_counts for each in fields])
    )
    unused = (0.0, 100.0)
    return Difference(
        engine,
        f"{len(fields)} sparse fields together",
        min(each.agreement for each in fields),
        _points(score_counts(*theirs, unused), score_counts(*ours, unused)),
        ours,
        theirs,
        all(each.category_kept for each in fields),
        len(fields),
    )


def _counts(score: Score) -> tuple[int, int]:
    return score.immunopositive, score.immunonegative


def _points(reference: Score, other: Score) -> float:
    if reference.index_percent is None or other.index_percent is None:
        return 0.0 if reference.index_percent == other.index_percent else APART_POINTS
    return abs(reference.index_percent - other.index_percent)


def _keeps_category(reference: Score, other: Score, boundaries: tuple[float, float]) -> bool:
    if reference.category == other.category:
        return True
    if reference.index_percent is None or other.index_percent is None:
        return False
    return min(abs(reference.index_percent - boundary) for boundary in boundaries) <= MOST_POINTS


def measure(version: Path, fields: Sequence[ParityField], compared: Sequence[Candidate]) -> list[Difference]:
    """Compare engines with the reference on every field, and on the sparse ones together.

    Raises RuntimeError where an engine cannot be had.
    """
    spec = ModelSpec.from_file(version / "spec.json")
    analysers = {
        candidate: _analyser(spec, version / "weights.safetensors", candidate)
        for candidate in (REFERENCE, *compared)
    }
    differences = []
    for field in tqdm(fields, unit="field", desc="parity", file=sys.stderr):
        reference = _analysed(analysers[REFERENCE], field)
        differences += [
            compare(candidate.name, field.name, reference, _analysed(analysers[candidate], field))
            for candidate in compared
        ]
    return differences + together(differences)


def drawn_fields(count: int) -> list[ParityField]:
    """Return unseen phantoms at the working resolution, each of a laboratory of its own."""
    seeds = range(PHANTOM_SEED, PHANTOM_SEED + count)
    return [
        ParityField(f"phantom {seed}", png(draw_phantom(seed, PHANTOM_PX, PHANTOM_PX, MPP).rgb), MPP)
        for seed in seeds
    ]


def real_fields(folders: Sequence[Path], mpp: float) -> list[ParityField]:
    """Return the annotated images of the folders; raises DataSetError."""
    found = find_fields(folders) if folders else []
    return [ParityField(f"{field.source}/{field.name}", png(field.rgb()), mpp) for field in found]


def engines_of(version: Path) -> tuple[Candidate, ...]:
    """Return what a version can run with on this machine besides the reference."""
    eight_bits = (INT8,) if (version / "int8.xml").is_file() else ()
    on_gpu = (ON_GPU,) if torch.cuda.is_available() else ()
    return COMPARED + eight_bits + on_gpu


def table_of(differences: Sequence[Difference]) -> Table:
    """Return a row for each engine's fields, the worst of each difference, and one for its sparse fields."""
    table = Table(title="Against PyTorch fp32, worst field of each")
    headings = ("engine", "fields", "pixels agree", "index, points", "mean", "categories", "verdict")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for engine in dict.fromkeys(difference.engine for difference in differences):
        for pooled in (False, True):
            rows = [each for each in differences if each.engine == engine and (each.fields > 1) == pooled]
            if rows:
                table.add_row(*_told(engine, rows))
    return table


def _told(engine: str, rows: Sequence[Difference]) -> tuple[str, ...]:
    is_pooled = rows[0].fields > 1
    return (
        f"{engine}, {rows[0].field}" if is_pooled else engine,
        str(sum(row.fields for row in rows)),
        f"{100 * min(row.agreement for row in rows):.2f} %",
        f"{max(row.points for row in rows):.2f}",
        f"{np.mean([row.points for row in rows]):.3f}",
        "kept" if all(row.category_kept for row in rows) else "changed",
        _verdict(rows),
    )


def _verdict(rows: Sequence[Difference]) -> str:
    failing = [row for row in rows if not row.holds]
    if failing:
        return f"fails in {len(failing)}, first {failing[0].field}"
    forgiven = sum(row.is_forgiven for row in rows)
    return f"holds, one nucleus forgiven in {forgiven}" if forgiven else "holds"


def _analyser(spec: ModelSpec, weights: Path, candidate: Candidate) -> Analyser:
    engine = choose_engine(spec, weights, candidate.settings, candidate.gpu)
    return Analyser(spec, engine, ModelIdentity(spec.name, spec.version, weights_sha256=""))


def _analysed(analyser: Analyser, field: ParityField) -> FieldAnalysis:
    (result,) = analyser.analyse([(field.image, AnalysisOptions(mpp=field.mpp))])
    if not isinstance(result, FieldAnalysis):
        raise result
    return result


def main(
    folders: Annotated[list[Path] | None, typer.Argument(help="folders with annotated images")] = None,
    version: Annotated[Path, typer.Option(help="folder with spec and weights")] = DEFAULT_VERSION,
    phantoms: Annotated[int, typer.Option(min=1, help="phantoms to compare on")] = 24,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the folders' images")] = 0.25,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the differences here")] = None,
) -> None:
    """Compare every engine with fp32 PyTorch; exit status 1 where one does not score alike."""
    try:
        fields = drawn_fields(phantoms) + real_fields(folders or [], mpp)
        differences = measure(version, fields, engines_of(version))
    except (DataSetError, RuntimeError, OSError) as error:
        typer.echo(f"parity: {error}", err=True)
        raise typer.Exit(2) from error
    Console().print(table_of(differences))
    if json_file is not None:
        told = [difference.to_document() for difference in differences]
        json_file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if all(difference.holds for difference in differences) else 1)


if __name__ == "__main__":
    typer.run(main)
