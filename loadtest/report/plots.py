"""Findings in, pictures as PNG bytes out, by file name; what was not measured has no picture.

Matplotlib's figure objects are used without pyplot: no window, no state, the Agg renderer everywhere.
"""

import io
from collections.abc import Iterator
from contextlib import suppress

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from loadtest.analysis.knee import Knee, by_rate
from loadtest.analysis.raw_ratio import NoRatioError, raw_images_per_s
from loadtest.analysis.recovery import NoRecoveryError, earlier_p95_s
from loadtest.analysis.resources import cores_busy, memory, processes
from loadtest.report.findings import Findings
from loadtest.report.section import Picture
from loadtest.report.timeline import timeline

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, told apart without red-green vision."""
_BLUE, _VERMILION, _GREEN, _PURPLE, _ORANGE, _SKY = _COLOURS
_DPI, _WIDTH_INCHES = 130, 11.0
_FEWEST_RATES = 3


def pictures(found: Findings) -> Iterator[tuple[Picture, bytes]]:
    """Yield every picture that this run has something for."""
    if len(by_rate(found.phases)) >= _FEWEST_RATES and found.asked.knee is not None:
        yield (
            Picture("rates.png", "Goodput and latency against the rate at which images arrive"),
            _rates(found),
        )
    if found.stages:
        yield Picture("stages.png", "Where an image's time goes, and who takes the processor"), _stages(found)
    yield Picture("time.png", "Uploads, results and their latency over the run"), _time(found)
    if found.run.samples:
        yield Picture("memory.png", "Resident memory by process; the second half is shaded"), _memory(found)


def _rates(found: Findings) -> bytes:
    figure, (goodput, times) = _figure(4.4, 2)
    rising = by_rate(found.phases)
    offered = [each.offered for each in rising]
    goodput.plot([0, max(offered)], [0, max(offered)], color="0.75", linestyle=":", label="all that arrives")
    goodput.plot(offered, [each.goodput for each in rising], color=_BLUE, marker="o", label="goodput")
    shed = [each.shed_ratio * each.offered for each in rising]
    if any(shed):
        goodput.plot(offered, shed, color=_ORANGE, marker="s", markersize=4, label="told to come back")
    _raw_line(goodput, found)
    goodput.set(title="Throughput", xlabel="images that arrive a second", ylabel="images a second")
    highest = max([each.goodput for each in rising] + _raw(found))
    goodput.set(xlim=(0, None), ylim=(0, 1.25 * highest))
    timed = [each for each in rising if each.latency]
    for name, colour, marker in (("p50", _BLUE, "o"), ("p95", _VERMILION, "s"), ("p99", _PURPLE, "^")):
        values = [getattr(each.latency, name) for each in timed]
        times.plot([each.offered for each in timed], values, color=colour, marker=marker, label=name)
    times.set(title="Time to the result", xlabel="images that arrive a second", ylabel="seconds, logarithmic")
    _logarithmic(times)
    times.set(xlim=(0, None))
    if found.asked.knee:
        times.axhline(
            found.asked.knee.p95_s, color="0.5", linewidth=0.8, linestyle="--", label="limit of p95"
        )
    for axes in (goodput, times):
        _mark_knee(axes, found)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, fontsize="small", frameon=False)
    return _png(figure)


def _logarithmic(axes: Axes) -> None:
    """Let seconds grow by tens, told as plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _short(name: str) -> str:
    """Return a phase's name as there is room for: `0.5 x capacity` as 0.5×."""
    return name.replace(" x capacity", "×")


def _raw(found: Findings) -> list[float]:
    try:
        return [raw_images_per_s(found.run)]
    except NoRatioError:
        return []


def _raw_line(axes: Axes, found: Findings) -> None:
    for raw in _raw(found):
        axes.axhline(raw, color="0.4", linestyle="--", linewidth=1, label="raw forward pass")


def _mark_knee(axes: Axes, found: Findings) -> None:
    if not isinstance(found.knee, Knee):
        return
    for times, text in ((1, "knee"), (2, "twice")):
        axes.axvline(
            times * found.knee.rate, color=_GREEN, linewidth=1, linestyle="-" if times == 1 else "--"
        )
        axes.annotate(
            f"{text} {times * found.knee.rate:.1f}",
            (times * found.knee.rate, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(4, -3),
            textcoords="offset points",
            va="top",
            fontsize="small",
            color=_GREEN,
        )


def _stages(found: Findings) -> bytes:
    figure, (passing, busy) = _figure(4.6, 2)
    labels = [_short(each.phase.name) for each in found.stages]
    places = list(dict.fromkeys(place for each in found.stages for place in each.passes_s))
    _stack(
        passing, labels, {place: [each.passes_s.get(place, 0.0) for each in found.stages] for place in places}
    )
    passing.set(title="Where an image's time goes", ylabel="seconds")
    spent = {
        name: [
            cores_busy(found.run.samples, name, each.phase.start_s, each.phase.end_s) or 0.0
            for each in found.stages
        ]
        for name in processes(found.run.samples)
    }
    _stack(busy, labels, spent)
    if cores := found.run.about.machine.get("cores"):
        busy.axhline(cores, color="0.4", linestyle="--", linewidth=1, label=f"{cores} cores")
        busy.set_ylim(0, 1.35 * cores)
    busy.set(title="Who takes the processor", ylabel="cores busy")
    for axes in (passing, busy):
        axes.legend(loc="upper left", fontsize="small", ncols=2)
    return _png(figure)


def _stack(axes: Axes, labels: list[str], parts: dict[str, list[float]]) -> None:
    bottom = [0.0] * len(labels)
    for k, (name, values) in enumerate(parts.items()):
        axes.bar(
            range(len(labels)),
            values,
            bottom=bottom,
            color=_COLOURS[k % len(_COLOURS)],
            label=name,
            width=0.7,
        )
        bottom = [below + value for below, value in zip(bottom, values, strict=True)]
    axes.set_xticks(
        range(len(labels)), labels, rotation=35, ha="right", rotation_mode="anchor", fontsize="small"
    )
    if bottom:
        axes.set_ylim(0, 1.3 * max(bottom) or 1)


def _time(found: Findings) -> bytes:
    figure, (counts, times) = _figure(5.4, 1, rows=2)
    line = timeline(found.run)
    counts.plot(line.moments_s, line.uploads, color="0.6", drawstyle="steps-mid", label="uploads")
    counts.plot(
        line.moments_s, line.images, color=_BLUE, drawstyle="steps-mid", label="images with right results"
    )
    if any(line.shed):
        counts.plot(
            line.moments_s, line.shed, color=_ORANGE, drawstyle="steps-mid", label="told to come back"
        )
    counts.set(ylabel="a second", ylim=(0, None))
    times.plot(
        line.results_s, line.latencies_s, ".", color=_VERMILION, markersize=3, label="one image's result"
    )
    times.set(ylabel="seconds, logarithmic", xlabel="seconds since the run began")
    _logarithmic(times)
    _mark_recovered(times, found)
    times.sharex(counts)
    for axes in (counts, times):
        for phase in found.run.about.phases:
            axes.axvline(phase.start_s, color="0.8", linewidth=0.8, zorder=0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False)
    _name_phases(counts, found)
    return _png(figure)


def _mark_recovered(axes: Axes, found: Findings) -> None:
    """Draw what p95 is to come back to after the spike."""
    if found.asked.recovery is None:
        return
    with suppress(NoRecoveryError):
        limit_s = found.asked.recovery.within_ratio * earlier_p95_s(found.run)
        axes.axhline(limit_s, color=_GREEN, linestyle="--", linewidth=1, label="limit of p95 afterwards")


def _name_phases(axes: Axes, found: Findings) -> None:
    for phase in found.run.about.phases:
        place = ((phase.start_s + phase.end_s) / 2, 1)
        axes.annotate(
            _short(phase.name),
            place,
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize="small",
            color="0.35",
        )


def _memory(found: Findings) -> bytes:
    figure, (axes,) = _figure(3.8, 1)
    for k, name in enumerate(processes(found.run.samples)):
        held = memory(found.run.samples, name)
        values = [each / 2**20 for each in held.values()]
        axes.plot(list(held), values, color=_COLOURS[k % len(_COLOURS)], label=name)
    start_s, end_s = found.phases[0].phase.start_s, found.phases[-1].phase.end_s
    axes.axvspan((start_s + end_s) / 2, end_s, color="0.93", zorder=0)
    axes.set(xlabel="seconds since the run began", ylabel="MiB", ylim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False)
    return _png(figure)


def _figure(height_inches: float, columns: int, rows: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(_WIDTH_INCHES, height_inches), dpi=_DPI, layout="constrained")
    all_axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in all_axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, all_axes


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(target, format="png")
    return target.getvalue()
