"""Diagrams of a report: Bland-Altman and reliability, as PNG bytes.

Matplotlib's figure objects are used without pyplot: no window, no state, the Agg renderer whatever the
machine.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.evaluation.bootstrap import Estimate
from training.evaluation.calibration import calibration_figures
from training.evaluation.record import FieldRecord

_SIZE_INCHES = (6.4, 4.6)
_DPI = 110
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, told apart without red-green vision."""
_MARKERS = ("o", "s", "^", "D", "v", "P")


def bland_altman_points(records: Iterable[FieldRecord]) -> list[tuple[float, float]]:
    """Return (mean of both indices, system minus annotation) in percent of fields with an index."""
    return [
        (result.true_index_percent + result.index_error / 2, result.index_error)
        for result in (record.result for record in records)
        if result.true_index_percent is not None and result.index_error is not None
    ]


def bland_altman_png(
    title: str, by_source: Mapping[str, Sequence[FieldRecord]], figures: Mapping[str, Estimate]
) -> bytes:
    """Draw the differences of all fields, with bias and limits of agreement of `figures` over all of them."""
    figure, axes = _axes(title, "mean of annotation and system, percent", "system - annotation, points")
    for k, (source, records) in enumerate(by_source.items()):
        points = bland_altman_points(records)
        x, y = [point[0] for point in points], [point[1] for point in points]
        axes.scatter(x, y, label=source, s=28, alpha=0.8, **_style(k))
    _level(axes, figures["bias_percent"], "bias", "-")
    _level(axes, figures["lower_limit_percent"], "-1.96 SD", "--")
    _level(axes, figures["upper_limit_percent"], "+1.96 SD", "--")
    axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    axes.legend(loc="best", fontsize="small")
    return _png(figure)


def reliability_png(title: str, by_source: Mapping[str, Sequence[FieldRecord]]) -> bytes:
    """Draw the share of right classes against mean confidence, a line a source."""
    figure, axes = _axes(title, "confidence of a nucleus' class", "share of classes that are right")
    axes.plot([0.5, 1], [0.5, 1], color="0.7", linestyle="--", label="perfect calibration")
    for k, (source, records) in enumerate(by_source.items()):
        bins = calibration_figures([record.judged for record in records])["bins"]
        x, y = ([part[name] for part in bins] for name in ("mean_confidence", "share_right"))
        axes.plot(x, y, label=source, markersize=5, **_style(k))
    axes.set(xlim=(0.48, 1.02), ylim=(0, 1.03))
    axes.legend(loc="lower right", fontsize="small")
    return _png(figure)


def _style(k: int) -> dict[str, Any]:
    return {"color": _COLOURS[k % len(_COLOURS)], "marker": _MARKERS[k % len(_MARKERS)]}


def _axes(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _level(axes: Axes, estimate: Estimate, label: str, line: str) -> None:
    if estimate.value is None:
        return
    axes.axhline(estimate.value, color="0.3", linestyle=line, linewidth=1)
    if estimate.low is not None and estimate.high is not None:
        axes.axhspan(estimate.low, estimate.high, color="0.5", alpha=0.12, linewidth=0)
    text = f"{label} {estimate.value:+.1f}"
    axes.annotate(
        text,
        (1, estimate.value),
        xycoords=axes.get_yaxis_transform(),
        ha="right",
        va="bottom",
        fontsize="small",
    )


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(target, format="png")
    return target.getvalue()
