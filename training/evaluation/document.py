"""All figures of an evaluation as one document of plain values, the report's JSON.

Flow: `FieldRecord`s of each system -> sets (sources, splits, all fields) -> a row of each table a system
and set. Indices, and errors of them, are in percent and percentage points; a figure is {"value", "low",
"high"}.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from training.evaluation.agreement import agreement_figures
from training.evaluation.bootstrap import DRAWS, SEED
from training.evaluation.calibration import calibration_figures
from training.evaluation.categories import BOUNDARIES_PERCENT, category_figures
from training.evaluation.counts import count_figures
from training.evaluation.detection import detection_figures
from training.evaluation.pixels import pixel_figures
from training.evaluation.record import FieldRecord
from training.evaluation.truth import TRUTH_DECODING

Records = Sequence[FieldRecord]
ALL = "all fields"


@dataclass(frozen=True)
class About:
    """How the figures were made: on what, at which scale and radii, with which masks, over REST or not."""

    folders: tuple[str, ...]
    mpp: float
    radii_um: tuple[float, ...]
    main_radius_um: float
    masks: str
    over_rest: bool
    splits: tuple[str, ...] = ()


def document(about: About, systems: Mapping[str, Records]) -> dict[str, Any]:
    """Return every table; `table_1_pixels` is empty where no class map was at hand."""
    return {
        "about": asdict(about)
        | {
            "truth_masks_decoded_by": TRUTH_DECODING.preset,
            "bootstrap": {"draws": DRAWS, "seed": SEED, "interval_percent": 95},
        },
        "table_1_pixels": _rows(systems, pixel_row, table_1_sets),
        "table_2_index_rmse": _rows(systems, index_row),
        "tables_3_and_4_categories": _rows(systems, category_row),
        "detection": _rows(systems, detection_row),
        "counts": _rows(systems, lambda r: count_figures([x.found for x in r], [x.annotated for x in r])),
        "agreement": _rows(systems, agreement_row),
        "calibration": _rows(systems, lambda r: calibration_figures([x.judged for x in r])),
        "by_field": [field_row(system, record) for system, records in systems.items() for record in records],
    }


def sets(records: Records) -> dict[str, list[FieldRecord]]:
    """Return the records of each source, of each split where there are splits, and of all fields."""
    sources = _grouped(records, lambda record: record.source)
    splits = _grouped(records, lambda record: record.split and f"split {record.split}")
    return sources | splits | ({ALL: list(records)} if len(sources) > 1 else {})


def table_1_sets(records: Records) -> dict[str, list[FieldRecord]]:
    """Return the records of each split; without splits those of `sets`."""
    return _grouped(records, lambda record: record.split) or sets(records)


def _grouped(records: Records, key: Callable[[FieldRecord], str | None]) -> dict[str, list[FieldRecord]]:
    groups: dict[str, list[FieldRecord]] = {}
    for record in records:
        name = key(record)
        if name is not None:
            groups.setdefault(name, []).append(record)
    return groups


def _rows(
    systems: Mapping[str, Records],
    row: Callable[[Records], dict[str, Any] | None],
    divided: Callable[[Records], Mapping[str, Records]] = sets,
) -> list[dict[str, Any]]:
    made = (
        ({"system": system, "set": name, "fields": len(chosen)}, row(chosen))
        for system, records in systems.items()
        for name, chosen in divided(records).items()
    )
    return [_plain(head | figures) for head, figures in made if figures is not None]


def pixel_row(records: Records) -> dict[str, Any] | None:
    """Return Table 1's figures; None over REST."""
    confusions = [record.mask.confusion for record in records if record.mask.confusion is not None]
    if not confusions:
        return None
    return {"truth_masks": _origins(records), **pixel_figures(confusions)}


def index_row(records: Records) -> dict[str, Any]:
    """Return Table 2's RMSE against points and against decoded masks, and between these two truths."""
    errors = {
        "against_points": [record.result.index_error for record in records],
        "against_decoded_masks": [record.mask_index_error for record in records],
        "decoded_masks_against_points": [record.decoding_error for record in records],
    }
    figures = {
        f"rmse_{name}_percent": agreement_figures(_given(values))["rmse_percent"]
        for name, values in errors.items()
    }
    return {"truth_masks": _origins(records), **figures}


def category_row(records: Records) -> dict[str, Any]:
    """Return Tables 3 and 4 by annotated points at each pair of boundaries, keyed such as `10/20`."""
    pairs = [
        (record.result.true_index_percent, record.result.index_percent)
        for record in records
        if record.result.true_index_percent is not None
    ]
    truth, found = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return {
        f"{low:g}/{high:g}": category_figures(truth, found, (low, high)) for low, high in BOUNDARIES_PERCENT
    }


def detection_row(records: Records) -> dict[str, Any]:
    """Return detection figures by radius in microns, keyed such as `6`."""
    radii = records[0].by_radius_um
    by_radius = {f"{radius:g}": [record.by_radius_um[radius] for record in records] for radius in radii}
    return {"by_radius_um": {radius: detection_figures(results) for radius, results in by_radius.items()}}


def agreement_row(records: Records) -> dict[str, Any]:
    """Return how the index agrees with the annotated points."""
    return agreement_figures(_given([record.result.index_error for record in records]))


def field_row(system: str, record: FieldRecord) -> dict[str, Any]:
    """Return one field's own figures."""
    result = record.result
    return {
        "system": system,
        "name": result.name,
        "source": record.source,
        "split": record.split,
        "annotated": asdict(record.annotated),
        "found": asdict(record.found),
        "true_index_percent": result.true_index_percent,
        "decoded_mask_index_percent": record.mask.index_percent,
        "index_percent": result.index_percent,
        "f1_any": round(result.any_nucleus.f1, 4),
        "f1_immunopositive": round(result.immunopositive.f1, 4),
        "f1_immunonegative": round(result.immunonegative.f1, 4),
    }


def _origins(records: Records) -> str:
    return ", ".join(sorted({record.mask.origin.value for record in records}))


def _given(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return {key: _plain(part) for key, part in value.items()} if isinstance(value, dict) else value
