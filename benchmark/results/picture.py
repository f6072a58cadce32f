"""A run as one picture: the stages of one image, and throughput against the number of clients.

Matplotlib's figure objects are used without pyplot: no window, no state, the Agg renderer everywhere.
"""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmark.results.run import Run
from benchmark.sections.over_http import CROP_CLIENTS
from benchmark.sections.stages import STAGES

_COLOURS = ("#0072b2", "#d55e00", "#009e73")
"""Of Okabe and Ito's, told apart without red-green vision."""
_SIZE_INCHES, _DPI = (11.0, 4.4), 110


def draw(run: Run) -> bytes:
    """Return the picture as a PNG; parts that were not measured stay empty."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    stages, clients = figure.subplots(1, 2, width_ratios=(1.2, 1))
    _draw_stages(stages, run)
    _draw_clients(clients, run)
    for axes in (stages, clients):
        axes.spines[["top", "right"]].set_visible(False)
    target = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(target, format="png")
    return target.getvalue()


def _draw_stages(axes: Axes, run: Run) -> None:
    """Draw horizontal bars, a pair a stage; on a logarithmic scale, as one stage dwarfs all others."""
    for k, images in enumerate(("crops", "fields")):
        figures = [run.figures.figures.get(f"stages.{images}.{stage}") for stage in STAGES]
        times_ms = [figure.median if figure else 0.0 for figure in figures]
        places = [place + 0.4 * k for place in range(len(STAGES))]
        label = {"crops": "crop 256 x 256", "fields": "field 1228 x 1228"}[images]
        axes.barh(places, times_ms, height=0.38, color=_COLOURS[k], label=label)
        for place, time_ms in zip(places, times_ms, strict=True):
            axes.annotate(f" {time_ms:.3g}", (max(time_ms, 0.01), place), va="center", fontsize="x-small")
    axes.set_yticks([place + 0.2 for place in range(len(STAGES))], STAGES)
    axes.invert_yaxis()
    axes.set(
        xscale="log", xlim=(0.01, None), xlabel="milliseconds an image, one thread", title="Stages of scoring"
    )
    axes.legend(loc="lower right", fontsize="small")


def _draw_clients(axes: Axes, run: Run) -> None:
    figures = run.figures.figures
    for k, server in enumerate(("torchserve", "gateway")):
        found = [(clients, figures.get(f"{server}.crops.{clients}")) for clients in CROP_CLIENTS]
        points = [(clients, figure) for clients, figure in found if figure]
        axes.plot(
            [clients for clients, _ in points],
            [figure.median for _, figure in points],
            color=_COLOURS[k],
            marker="os"[k],
            label={"torchserve": "TorchServe", "gateway": "gateway"}[server],
        )
    if raw := figures.get(f"raw.{run.served}"):
        axes.axhline(raw.median, color="0.4", linestyle="--", label=f"raw forward, {run.served}")
    if naive := figures.get("naive.crops.32"):
        axes.plot([32], [naive.median], color=_COLOURS[2], marker="^", linestyle="", label="naive handler")
    axes.set(
        xscale="log", ylim=(0, None), xlabel="clients", ylabel="images a second", title="Crops of 256 x 256"
    )
    axes.set_xticks(CROP_CLIENTS, [str(clients) for clients in CROP_CLIENTS])
    axes.minorticks_off()
    axes.legend(loc="lower right", fontsize="small")
