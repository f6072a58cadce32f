"""Measure versions on annotated images: F1 of nuclei, error of the index, the paper's tables and figures.

Flow: folder of images with JSON points -> systems (versions in process, or one over REST) -> matches ->
table, JSON, pictures of hits and misses, and with `--report` everything `training.evaluation` knows.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from client.api import ApiError, Ki67Client
from handler.errors import ProblemError
from training.datasets.field import DataSetError
from training.datasets.splits import read_splits
from training.evaluation.document import About
from training.evaluation.drawing import Drawing, write_hits_and_misses
from training.evaluation.fields import EvaluatedField, find_fields, spread
from training.evaluation.record import FieldRecord, detections_of
from training.evaluation.report import write_report
from training.evaluation.run import Evaluation, Measuring, evaluate
from training.evaluation.truth import MaskOrigin
from training.measures import FieldResult, Summary, measure_field, summarise
from training.scorers import Scorer, System, system_in_process, system_over_rest
from training.version_folder import DEFAULT_VERSION

MAIN_RADIUS_UM = 6.0
RADII_UM = (3.0, 6.0, 9.0)


def by_source(
    scorer: Scorer, folders: Iterable[Path], mpp: float, radius_um: float, pictures: Path | None = None
) -> dict[str, list[FieldResult]]:
    """Measure every annotated image; results are grouped by the folder an image lies in."""
    results: dict[str, list[FieldResult]] = {}
    for field in tqdm(_found(folders, None), unit="field", file=sys.stderr):
        detections = detections_of(scorer(field.image, mpp))
        result = measure_field(field.name, detections, field.annotation, radius_um / mpp)
        results.setdefault(field.source, []).append(result)
        if pictures is not None:
            write_hits_and_misses(pictures, field, field.rgb(), detections, result.match)
    return results


def summary_table(summaries: dict[str, Summary]) -> Table:
    """Lay the figures out a row a source."""
    table = Table("source", "fields", "F1 any", "F1 positive", "F1 negative", "index MAE", "RMSE", "bias")
    for source, s in summaries.items():
        scores = (f"{value:.3f}" for value in (s.f1_any, s.f1_immunopositive, s.f1_immunonegative))
        errors = (s.index_mean_absolute_error, s.index_root_mean_square_error, s.index_bias)
        table.add_row(source, str(s.fields), *scores, *(f"{value:.2f}" for value in errors))
    return table


def report(results: dict[str, list[FieldResult]]) -> dict[str, Any]:
    """Return the figures a source, and field by field, ready for JSON."""
    return {
        source: asdict(summarise(fields)) | {"by_field": [_field_row(field) for field in fields]}
        for source, fields in results.items()
    }


def _field_row(field: FieldResult) -> dict[str, Any]:
    return {
        "name": field.name,
        "annotated": field.annotated,
        "found": field.found,
        "f1_any": round(field.any_nucleus.f1, 4),
        "f1_immunopositive": round(field.immunopositive.f1, 4),
        "f1_immunonegative": round(field.immunonegative.f1, 4),
        "true_index_percent": field.true_index_percent,
        "index_percent": field.index_percent,
    }


def _found(folders: Iterable[Path], splits: Path | None) -> list[EvaluatedField]:
    try:
        return find_fields(folders, read_splits(splits) if splits else None)
    except DataSetError as error:
        raise typer.BadParameter(str(error)) from error


def open_systems(
    stack: ExitStack, versions: Sequence[Path], url: str | None, key_file: Path
) -> dict[str, System]:
    """Return what scores, by label: the gateway at `url`, else each version under its folder's name.

    Raises BadParameter where a version or the key cannot be used.
    """
    try:
        if url is not None:
            key = key_file.read_text(encoding="utf-8").strip()
            return {"REST": system_over_rest(stack.enter_context(Ki67Client(url, key)))}
        return {label: system_in_process(version) for label, version in _labelled(versions).items()}
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from error


def _labelled(versions: Sequence[Path]) -> dict[str, Path]:
    names = [version.resolve().name for version in versions]
    return {
        name if names.count(name) == 1 else str(version): version
        for name, version in zip(names, versions, strict=True)
    }


def _results(records: Sequence[FieldRecord]) -> dict[str, list[FieldResult]]:
    by_source: dict[str, list[FieldResult]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record.result)
    return by_source


def _print(systems: Mapping[str, Sequence[FieldRecord]]) -> None:
    for label, records in systems.items():
        table = summary_table({source: summarise(part) for source, part in _results(records).items()})
        table.title = label if len(systems) > 1 else None
        Console().print(table)


def _write_json(path: Path, systems: Mapping[str, Sequence[FieldRecord]]) -> None:
    """Write figures by source; of several versions, by version and source."""
    reports = {label: report(_results(records)) for label, records in systems.items()}
    document = reports if len(reports) > 1 else next(iter(reports.values()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def main_radius(radii_um: Sequence[float]) -> float:
    """Return the radius of the main figures: 6 microns where it is among them, else the first."""
    return MAIN_RADIUS_UM if MAIN_RADIUS_UM in radii_um else radii_um[0]


def _evaluate(
    fields: Sequence[EvaluatedField], systems: Mapping[str, System], measuring: Measuring, drawing: Drawing
) -> Evaluation:
    try:
        return evaluate(fields, systems, measuring, drawing)
    except (ApiError, ProblemError, DataSetError) as error:
        raise typer.BadParameter(str(error)) from error


def main(
    folders: Annotated[
        list[Path], typer.Argument(exists=True, file_okay=False, help="images with JSON points")
    ],
    version: Annotated[
        list[Path] | None,
        typer.Option(
            help="version folder to score with in this process; repeat to compare",
            show_default=str(DEFAULT_VERSION),
        ),
    ] = None,
    url: Annotated[str | None, typer.Option(help="score through this gateway instead")] = None,
    key_file: Annotated[Path, typer.Option(help="file with the gateway's API key")] = Path("var/api-key"),
    mpp: Annotated[float, typer.Option(help="microns per pixel of the images", min=0.01)] = 0.25,
    radius_um: Annotated[
        list[float] | None,
        typer.Option(
            help="farthest a found nucleus may lie from its point; repeat for more figures in a report",
            show_default="6; in a report 3, 6 and 9, of which 6 is the main one",
            min=0.01,
        ),
    ] = None,
    pictures: Annotated[Path | None, typer.Option(help="folder for pictures of hits and misses")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="file for all figures")] = None,
    report_folder: Annotated[
        Path | None,
        typer.Option("--report", file_okay=False, help="folder for report.json, .md, .html with pictures"),
    ] = None,
    splits: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="splits file: Table 1 a row a split")
    ] = None,
    masks: Annotated[
        MaskOrigin, typer.Option(help="truth masks where no class map lies beside an image")
    ] = MaskOrigin.watershed,
    figures: Annotated[int, typer.Option(help="fields a source in the report's Figure 3", min=0)] = 3,
) -> None:
    """Measure versions on annotated images, in process or through a gateway."""
    if url is not None and version:
        raise typer.BadParameter("give --version or --url, not both: a gateway chooses its own version")
    fields, radii = _found(folders, splits), tuple(radius_um or RADII_UM)
    measuring = Measuring(mpp, radii, main_radius(radii), masks)
    if report_folder is not None:
        report_folder.mkdir(parents=True, exist_ok=True)
    shown = frozenset(field.image for field in spread(fields, figures))
    with ExitStack() as stack:
        systems = open_systems(stack, version or [DEFAULT_VERSION], url, key_file)
        done = _evaluate(fields, systems, measuring, Drawing(pictures, report_folder, shown))
    _print(done.records)
    if output is not None:
        _write_json(output, done.records)
    if report_folder is not None:
        names = tuple(sorted({field.source for field in fields}))
        about = About(names, mpp, radii, measuring.main_radius_um, masks, url is not None, _names(splits))
        write_report(report_folder, about, done.records, done.figure_3)
        typer.echo(f"wrote {report_folder / 'report.html'}, report.md and report.json", err=True)


def _names(splits: Path | None) -> tuple[str, ...]:
    return tuple(read_splits(splits)) if splits else ()


if __name__ == "__main__":
    typer.run(main)
