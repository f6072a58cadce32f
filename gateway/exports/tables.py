"""Tables for spreadsheets: one row a nucleus, or one a record; units in the header, no formulas."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.corrections.layer import Layer
from gateway.exports.outlines import class_name

CSV_TYPE = "text/csv; charset=utf-8"
_NUCLEUS_COLUMNS = (
    "analysis_id",
    "filename",
    "nucleus",
    "x_px",
    "y_px",
    "class",
    "confidence",
    "area_um2",
    "dab_density_od",
    "origin",
)
_SCORE = (
    *("immunopositive", "immunonegative", "index_percent", "index_low_percent", "index_high_percent"),
    *("category", "category_certain"),
)
RECORD_COLUMNS = (
    *("analysis_id", "status", "created_at", "owner_id", "filename", "case_label", "tags"),
    *("width_px", "height_px", "sha256", "mpp", "scale_source", "model", "model_version"),
    *("weights_sha256", "revision", "probability_threshold", "min_area_um2"),
    *_SCORE,
    *(f"corrected_{name}" for name in _SCORE),
    "warnings",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def nuclei_csv(layer: Layer, analysis_id: str, filename: str) -> bytes:
    """Return one row a nucleus; what nobody measured stays empty."""
    rows = ([analysis_id, guard(filename), *row] for row in _rows(layer))
    return "".join(lines(_NUCLEUS_COLUMNS, rows)).encode()


def record_row(document: dict[str, Any], owner_id: str) -> list[Any]:
    """Return an analysis document's row; words of people are guarded against formula injection."""
    image, scale, model = document["image"], document["scale"] or {}, document["model"]
    thresholds = document["thresholds"] or {}
    words = [guard(document["filename"]), guard(document["case_label"] or "")]
    return [
        *(document["id"], document["status"], document["created_at"], owner_id, *words),
        guard("; ".join(document["tags"])),
        *(image["width_px"], image["height_px"], image["sha256"], scale.get("mpp"), scale.get("source")),
        *(model["name"], guard(model["version"]), model["weights_sha256"], document["revision"]),
        *(thresholds.get("probability"), thresholds.get("min_area_um2")),
        *_score(document),
        *_score(_fresh(document["correction"])),
        "; ".join(warning["code"] for warning in document["warnings"]),
    ]


def lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield header and rows as text, one after the other."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    yield _written(writer, target, columns)
    for row in rows:
        yield _written(writer, target, row)


def guard(text: str) -> str:
    """Return text that a spreadsheet takes for text: a formula's first character gets an apostrophe."""
    return (
        f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text
    )


def _written(writer: Any, target: io.StringIO, row: Sequence[Any]) -> str:
    target.seek(0)
    target.truncate()
    writer.writerow(row)
    return target.getvalue()


def _fresh(correction: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if correction is None or correction["stale"] else correction


def _score(scored: dict[str, Any] | None) -> list[Any]:
    if scored is None or scored["counts"] is None:
        return [None] * len(_SCORE)
    counts, interval = scored["counts"], scored["index_interval_percent"] or (None, None)
    return [
        *(counts["immunopositive"], counts["immunonegative"], scored["index_percent"], *interval),
        *(scored["category"], scored["category_certain"]),
    ]


def _rows(layer: Layer) -> Iterator[list[Any]]:
    nuclei = layer.nuclei
    for index, (number, origin) in enumerate(zip(layer.numbers, layer.origins, strict=True)):
        x, y = nuclei.centroids_px[index]
        yield [
            number,
            f"{x:.1f}",
            f"{y:.1f}",
            class_name(bool(nuclei.immunopositive[index])),
            _number(nuclei.confidences[index], 3),
            _number(nuclei.areas_um2[index], 1),
            _number(nuclei.dab_densities[index], 3),
            origin,
        ]


def _number(value: float, decimals: int) -> str:
    return "" if math.isnan(value) else f"{value:.{decimals}f}"
