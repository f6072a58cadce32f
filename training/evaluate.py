"""Measure a version on annotated images: F1 of nuclei and error of the index, with a picture a field.

Flow: folder of images with JSON points -> scorer (in process or over REST) -> matches -> table, JSON,
pictures of hits and misses.
"""

import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from client.api import Ki67Client
from handler.image import decode_image
from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, annotated_images, read_annotation
from training.matching import Detections
from training.measures import FieldResult, Summary, measure_field, summarise
from training.pictures import hits_and_misses
from training.scorers import Scorer, in_process, over_rest


def detections_of(answer: dict[str, Any]) -> Detections:
    """Return the nuclei of an analysis document as points and labels."""
    nuclei = answer["nuclei"]
    points = np.array([(n["x"], n["y"]) for n in nuclei], float).reshape(-1, 2)
    positive = np.array([n["class"] == "immunopositive" for n in nuclei], bool)
    return Detections(points, np.where(positive, IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL))


def measure_image(
    scorer: Scorer, image: Path, annotation_file: Path, mpp: float, radius_um: float, pictures: Path | None
) -> FieldResult:
    """Score one image, compare it with its annotation, and draw the comparison where `pictures` is given."""
    annotation = read_annotation(annotation_file)
    detections = detections_of(scorer(image, mpp))
    result = measure_field(image.stem, detections, annotation, radius_um / mpp)
    if pictures is not None:
        drawn = hits_and_misses(decode_image(image.read_bytes()).rgb, detections, annotation, result.match)
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
        (pictures / f"{image.parent.name}-{image.stem}.jpg").write_bytes(encoded.tobytes())
    return result


def by_source(
    scorer: Scorer, folders: Iterable[Path], mpp: float, radius_um: float, pictures: Path | None
) -> dict[str, list[FieldResult]]:
    """Measure every annotated image; results are grouped by the folder an image lies in."""
    found = [pair for folder in folders for pair in annotated_images(folder)]
    if not found:
        raise typer.BadParameter("no image with a JSON of points beside it in these folders")
    results: dict[str, list[FieldResult]] = {}
    for image, annotation in tqdm(found, unit="field", file=sys.stderr):
        result = measure_image(scorer, image, annotation, mpp, radius_um, pictures)
        results.setdefault(image.parent.name, []).append(result)
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


def _scorer(stack: ExitStack, version: Path, url: str | None, key_file: Path) -> Scorer:
    if url is None:
        return in_process(version)
    key = key_file.read_text(encoding="utf-8").strip()
    return over_rest(stack.enter_context(Ki67Client(url, key)))


def main(
    folders: Annotated[
        list[Path], typer.Argument(exists=True, file_okay=False, help="images with JSON points")
    ],
    version: Annotated[Path, typer.Option(help="version folder to score with in this process")] = Path(
        "model_store/ki67/1.0"
    ),
    url: Annotated[str | None, typer.Option(help="score through this gateway instead")] = None,
    key_file: Annotated[Path, typer.Option(help="file with the gateway's API key")] = Path("var/api-key"),
    mpp: Annotated[float, typer.Option(help="microns per pixel of the images")] = 0.25,
    radius_um: Annotated[float, typer.Option(help="farthest a found nucleus may lie from its point")] = 6.0,
    pictures: Annotated[Path | None, typer.Option(help="folder for pictures of hits and misses")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="file for all figures")] = None,
) -> None:
    """Measure a version on annotated images, in process or through a gateway."""
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        scorer = _scorer(stack, version, url, key_file)
        results = by_source(scorer, folders, mpp, radius_um, pictures)
    Console().print(summary_table({source: summarise(fields) for source, fields in results.items()}))
    if output is not None:
        output.write_text(json.dumps(report(results), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
