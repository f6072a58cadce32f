"""The document as sections that people read: a heading, what it shows, a table. Markdown and HTML share them.

Flow: `document` -> `Section`s of plain strings. Table 2 is in the paper's unit, shares of 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.evaluation.categories import CATEGORIES

Row = dict[str, Any]

_MASKS = {
    "exact": "the phantom's own class map",
    "watershed": "made from the annotated points by watershed on the stain (training.masks)",
    "mcconnell2021": "made from the annotated points as in section 3.1.1 of the paper (training.masks)",
}
_NO_MASKS_OVER_REST = "Left out: class maps are not fetched over REST. Run with --version for it."


@dataclass(frozen=True)
class Picture:
    """A file of the report, by name, and what it shows."""

    file: str
    caption: str


@dataclass(frozen=True)
class Section:
    """One heading of the report; `rows` may be empty."""

    title: str
    text: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Picture, ...] = ()


def sections(report: Mapping[str, Any], pictures: Mapping[str, Sequence[Picture]]) -> list[Section]:
    """Return the report's sections; `pictures` by place: `figure_3`, `bland_altman`, `reliability`."""
    return [
        _table_1(report["table_1_pixels"], report["about"]),
        _table_2(report["table_2_index_rmse"]),
        *_tables_3_and_4(report["tables_3_and_4_categories"]),
        _figure_3(pictures.get("figure_3", ())),
        _detection(report["detection"], report["about"]["main_radius_um"]),
        _counts(report["counts"]),
        _agreement(report["agreement"], pictures.get("bland_altman", ())),
        _calibration(report["calibration"], pictures.get("reliability", ())),
        _by_field(report["by_field"]),
    ]


def shown(figure: Mapping[str, float | None], digits: int = 3, factor: float = 1.0) -> str:
    """Return `value [low, high]`, or a dash where the figure is not defined."""
    value, low, high = (figure[key] for key in ("value", "low", "high"))
    if value is None:
        return "–"
    text = f"{value * factor:.{digits}f}"
    if low is None or high is None:
        return text
    return f"{text} [{low * factor:.{digits}f}, {high * factor:.{digits}f}]"


def _head(row: Row) -> tuple[str, str, str]:
    return row["system"], row["set"], str(row["fields"])


def _table_1(rows: Sequence[Row], about: Mapping[str, Any]) -> Section:
    title = "Table 1: class maps, pixel by pixel"
    if not rows:
        return Section(title, _NO_MASKS_OVER_REST if about["over_rest"] else "No field was compared.")
    names = ("precision", "recall", "f1", "iou")
    origins = sorted({origin for row in rows for origin in row["truth_masks"].split(", ")})
    made = " ".join(f"Truth masks “{origin}”: {_MASKS[origin]}." for origin in origins)
    text = (
        f"{made} Compared at the prediction's resolution (the paper's masks at 256 x 256); pixels that the "
        "truth leaves open do not count, so what is found on stain that nobody marked is not held against a "
        "system here but under detection. “mean” is the mean over the three classes."
    )
    lines = []
    for row in rows:
        lines.append((*_head(row), "mean", shown(row["accuracy"]), *(shown(row[name]) for name in names)))
        lines += [
            ("", "", "", label, "", *(shown(part[name]) for name in names))
            for label, part in row["by_class"].items()
        ]
    header = ("system", "set", "fields", "class", "accuracy", "precision", "recall", "F1", "IoU")
    return Section(title, text, header, tuple(lines))


def _table_2(rows: Sequence[Row]) -> Section:
    text = (
        "Root mean square error of the proliferation index as a share of 1, as in the paper. Against "
        "points: the truth is counted from the annotated points. Against decoded masks: the truth is what "
        "the paper's decoding (adaptive threshold and contours at 256 x 256, specks under 8 square microns "
        "dropped) reads from the truth mask, as the published notebook does; this hides what decoding "
        "itself costs. That is the last column: decoded truth masks against points, before any network "
        "errs."
    )
    keys = (
        "rmse_against_points_percent",
        "rmse_against_decoded_masks_percent",
        "rmse_decoded_masks_against_points_percent",
    )
    header = (
        "system",
        "set",
        "fields",
        "truth masks",
        "RMSE against points",
        "RMSE against decoded masks",
        "decoded masks against points",
    )
    lines = tuple(
        (*_head(row), row["truth_masks"], *(shown(row[key], 3, 0.01) for key in keys)) for row in rows
    )
    return Section("Table 2: error of the index", text, header, lines)


def _tables_3_and_4(rows: Sequence[Row]) -> list[Section]:
    boundaries = [key for key in rows[0] if "/" in key] if rows else []
    return [made for key in boundaries for made in (_table_3(rows, key), _table_4(rows, key))]


def _table_3(rows: Sequence[Row], boundaries: str) -> Section:
    text = (
        "Rows: category by annotated points. Columns: category by the system; “no index” where it found no "
        "nucleus. Below the first boundary low, above the second high."
    )
    header = ("system", "set", "fields", "annotated", *rows[0][boundaries]["columns"])
    lines = []
    for row in rows:
        for k, category in enumerate(CATEGORIES):
            head = _head(row) if k == 0 else ("", "", "")
            lines.append((*head, category, *(str(count) for count in row[boundaries]["matrix"][k])))
    return Section(f"Table 3: categories at {boundaries} %", text, header, tuple(lines))


def _table_4(rows: Sequence[Row], boundaries: str) -> Section:
    header = ("system", "set", "accuracy", "category", "precision", "recall", "F1", "support")
    lines = []
    for row in rows:
        part = row[boundaries]
        for k, category in enumerate(CATEGORIES):
            head = (row["system"], row["set"], shown(part["accuracy"])) if k == 0 else ("", "", "")
            figures = part["by_category"][category]
            values = (shown(figures[name]) for name in ("precision", "recall", "f1"))
            lines.append((*head, category, *values, str(figures["support"])))
    text = "Support: fields of the category by annotated points."
    return Section(f"Table 4: by category at {boundaries} %", text, header, tuple(lines))


def _figure_3(pictures: Sequence[Picture]) -> Section:
    text = (
        "Masks: black background, grey immunonegative, white immunopositive, violet not known."
        if pictures
        else "Left out: no picture was asked for, or the system answers over REST."
    )
    return Section("Figure 3: image, truth, prediction, heat map", text, pictures=tuple(pictures))


def _detection(rows: Sequence[Row], main_um: float) -> Section:
    text = (
        "A found nucleus is right within the radius of an annotated point, each point once; the main radius "
        f"is {main_um:g} microns. A class' own figures match only that class. Lymphocytes neither help nor "
        "harm."
    )
    header = ("system", "set", "fields", "radius, um", "nuclei", "precision", "recall", "F1")
    lines = [
        (
            *_head(row),
            radius,
            kind.replace("_", " "),
            *(shown(figures[name]) for name in ("precision", "recall", "f1")),
        )
        for row in rows
        for radius, kinds in row["by_radius_um"].items()
        for kind, figures in kinds.items()
    ]
    return Section("Detection of nuclei", text, header, tuple(lines))


def _counts(rows: Sequence[Row]) -> Section:
    text = (
        "Nuclei found less nuclei annotated: the mean a field, the mean absolute error a field, and the "
        "absolute errors added up as a share of all annotated nuclei."
    )
    header = ("system", "set", "fields", "nuclei", "mean error", "mean absolute error", "relative error, %")
    keys = ("bias", "mean_absolute_error", "relative_error_percent")
    lines = [
        (*_head(row), kind, *(shown(row[kind][key], 1) for key in keys))
        for row in rows
        for kind in ("immunopositive", "immunonegative", "total")
    ]
    return Section("Counts", text, header, tuple(lines))


def _agreement(rows: Sequence[Row], pictures: Sequence[Picture]) -> Section:
    text = (
        "System less annotated points, in percentage points of the index; a missing index counts as 0. "
        "Limits of agreement: bias -+ 1.96 standard deviations (Bland and Altman 1986). The shaded bands of "
        "the diagram are the bootstrap intervals of bias and limits over all fields."
    )
    header = ("system", "set", "fields", "MAE", "RMSE", "bias", "lower limit", "upper limit")
    keys = ("mean_absolute_error", "rmse", "bias", "lower_limit", "upper_limit")
    lines = tuple((*_head(row), *(shown(row[f"{key}_percent"], 2) for key in keys)) for row in rows)
    return Section("Agreement of the index", text, header, lines, tuple(pictures))


def _calibration(rows: Sequence[Row], pictures: Sequence[Picture]) -> Section:
    text = (
        "Of nuclei on an annotated point: is the class right as often as its confidence says? Expected "
        "calibration error: the gap between mean confidence and share right, over ten bins from 0.5 to 1, "
        "weighted by nuclei."
    )
    header = ("system", "set", "fields", "nuclei", "expected calibration error")
    lines = tuple((*_head(row), str(row["nuclei"]), shown(row["expected_calibration_error"])) for row in rows)
    return Section("Calibration of confidence", text, header, lines, tuple(pictures))


def _by_field(rows: Sequence[Row]) -> Section:
    header = (
        "system",
        "source",
        "field",
        "annotated +/-",
        "found +/-",
        "index, points",
        "mask",
        "system",
        "F1 any",
    )
    lines = []
    for row in rows:
        counts = (
            f"{part['immunopositive']}/{part['immunonegative']}" for part in (row["annotated"], row["found"])
        )
        keys = ("true_index_percent", "decoded_mask_index_percent", "index_percent")
        indices = ("–" if row[key] is None else f"{row[key]:.1f}" for key in keys)
        lines.append((row["system"], row["source"], row["name"], *counts, *indices, f"{row['f1_any']:.3f}"))
    text = "Index in percent by annotated points, by the decoded truth mask, by the system."
    return Section("Field by field", text, header, tuple(lines))
