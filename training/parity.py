"""Do engines score alike? Every engine against fp32 PyTorch, on phantoms and real fields; verdict out.

Flow: fields -> every engine, all else the same -> class maps, indices, categories -> differences -> table;
exit status 1 where one is beyond its limit. No engine or precision ships on speed alone.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
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
from handler.scoring import categorise
from handler.spec import ModelSpec
from training.datasets.field import DataSetError
from training.evaluation.fields import find_fields
from training.evaluation.perturbations import png
from training.phantoms import draw_phantom
from training.version_folder import DEFAULT_VERSION

REFERENCE = EngineSettings("torch", "fp32")
COMPARED = (EngineSettings("openvino", "fp32"), EngineSettings("openvino", "bf16"))
INT8 = EngineSettings("openvino", "int8")

LEAST_AGREEMENT = 0.995
MOST_POINTS = 0.5
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
    """How one engine's answer to one field differs from the reference's.

    `agreement`: share of pixels in the same class. `tolerance_points`: half a point, or what one nucleus is
    worth where a field has fewer than 200.
    """

    engine: str
    field: str
    agreement: float
    points: float
    tolerance_points: float
    nuclei: int
    category_kept: bool

    @property
    def holds(self) -> bool:
        """Tell whether all three are within their limits."""
        return (
            self.agreement >= LEAST_AGREEMENT and self.points <= self.tolerance_points and self.category_kept
        )


def compare(engine: str, field: str, reference: FieldAnalysis, other: FieldAnalysis) -> Difference:
    """Compare two analyses of one field."""
    ours, theirs = (analysis.score.index_percent or 0.0 for analysis in (reference, other))
    nuclei = max(reference.score.total, 1)
    tolerance = max(MOST_POINTS, 100.0 / nuclei)
    boundaries = reference.thresholds.category_boundaries_percent
    same = categorise(ours, boundaries) == categorise(theirs, boundaries)
    near = min(abs(ours - boundary) for boundary in boundaries) <= tolerance
    maps: tuple[NDArray[np.uint8], ...] = (reference.decoded.class_map, other.decoded.class_map)
    return Difference(
        engine,
        field,
        float((maps[0] == maps[1]).mean()),
        abs(ours - theirs),
        tolerance,
        reference.score.total,
        same or near,
    )


def measure(
    version: Path, fields: Sequence[ParityField], compared: Sequence[EngineSettings]
) -> list[Difference]:
    """Compare engines with the reference on every field; raises RuntimeError where one cannot be had."""
    spec = ModelSpec.from_file(version / "spec.json")
    analysers = {
        settings: _analyser(spec, version / "weights.safetensors", settings)
        for settings in (REFERENCE, *compared)
    }
    differences = []
    for field in tqdm(fields, unit="field", desc="parity", file=sys.stderr):
        reference = _analysed(analysers[REFERENCE], field)
        differences += [
            compare(_name(settings), field.name, reference, _analysed(analysers[settings], field))
            for settings in compared
        ]
    return differences


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


def engines_of(version: Path) -> tuple[EngineSettings, ...]:
    """Return what a version can run with on this machine besides the reference."""
    return COMPARED + ((INT8,) if (version / "int8.xml").is_file() else ())


def table_of(differences: Sequence[Difference]) -> Table:
    """Return one row an engine: the worst of each difference, and whether all hold."""
    table = Table(title="Against PyTorch fp32, worst field of each")
    for heading in ("engine", "fields", "pixels agree", "index, points", "mean", "categories", "verdict"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for engine in dict.fromkeys(difference.engine for difference in differences):
        rows = [difference for difference in differences if difference.engine == engine]
        failing = [difference for difference in rows if not difference.holds]
        table.add_row(
            engine,
            str(len(rows)),
            f"{100 * min(row.agreement for row in rows):.2f} %",
            f"{max(row.points for row in rows):.2f}",
            f"{np.mean([row.points for row in rows]):.3f}",
            "kept" if all(row.category_kept for row in rows) else "changed",
            "holds" if not failing else f"fails in {len(failing)}, first {failing[0].field}",
        )
    return table


def _analyser(spec: ModelSpec, weights: Path, settings: EngineSettings) -> Analyser:
    engine = choose_engine(spec, weights, settings)
    return Analyser(spec, engine, ModelIdentity(spec.name, spec.version, weights_sha256=""))


def _analysed(analyser: Analyser, field: ParityField) -> FieldAnalysis:
    (result,) = analyser.analyse([(field.image, AnalysisOptions(mpp=field.mpp))])
    if not isinstance(result, FieldAnalysis):
        raise result
    return result


def _name(settings: EngineSettings) -> str:
    return f"{settings.engine} {settings.precision}"


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
        json_file.write_text(
            json.dumps([asdict(row) for row in differences], indent=2) + "\n", encoding="utf-8"
        )
    raise typer.Exit(0 if all(difference.holds for difference in differences) else 1)


if __name__ == "__main__":
    typer.run(main)
