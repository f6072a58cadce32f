"""A run as docs/performance.md: what was measured on what and how, and what came out."""

from collections.abc import Iterable, Sequence

from benchmark.figures import Figure
from benchmark.goals import GOALS
from benchmark.places import version_folder
from benchmark.results.run import Run
from benchmark.results.words import number, with_spread
from benchmark.sections.over_http import CROP_CLIENTS, FIELD_CLIENTS
from benchmark.sections.stages import STAGES
from benchmark.sections.sweep import CLIENTS as SWEEP_CLIENTS
from benchmark.sections.sweep import FIELDS as SWEEP_FIELDS
from benchmark.sections.sweep import grid, rank, shipped

PICTURE = "images/performance.png"

_RATIOS = """\
Crops are JPEGs of 256 x 256 at 0.5 µm a pixel, fields of 1228 x 1228 at 0.25 µm. The ratio of handler and
TorchServe is to the raw forward of as many pixels at the working resolution, that of the gateway and of the
mixed load to TorchServe under the same load; for the naive handler it is how many times faster ours is. The
mixed load has one broken image in twenty; the good ones are counted."""

_STAGES = """\
Each stage alone and on one thread (the forward pass on one lane of the engine), median an image. In a worker
they run side by side."""

_METHOD = """\
Raw forward, handler, TorchServe, gateway and naive handler take turns of {seconds:g} s in each round; a ratio
is taken within a round, and then the median over the rounds, so that a slow minute of the machine is
everybody's. The load comes from threads with keep-alive connections in a process of its own, on the same
machine; a client sends its next image as soon as the last is answered. Only answers with status 200 whose
number of nuclei is what the same image gave first are counted; a request that straddles the edge of the
measured time counts by its share inside. The images are phantoms. The naive handler (`benchmark/naive/`) has
the same weights and is served with TorchServe's defaults: one image at a time, a worker a core, Pillow, fp32
eager PyTorch, a loop over contours, base64 in JSON."""

_NO_SWEEP = 'Not swept in this run; `make benchmark ARGS="--only sweep"` does it.'
_PARITY = """\
No engine is faster at the price of other scores: `make parity` compares them with PyTorch in fp32. Its
rule has one exception to half a point on every field: a field of 20 to 199 nuclei may differ by exactly
one nucleus, not across a boundary, and all such sparse fields together by half a point. bf16 used it in
one of 53 fields (0.56 points), 8 bits in one (0.53 points); together the sparse fields differ by 0.02
and 0.20. See `docs/decisions/2026-11-24-engines.md`."""
_CHOICE = """\
The settings are in the version's model-config.yaml. They come from such a search on two cores: a second
worker fills the gaps while the first one answers and collects its next batch; one worker alone came
near it only with batches of 32, whose answers are twice as late; and a lone request waits 3 ms for
company. `docs/decisions/2026-11-24-engines.md` tells more."""
_NO_GPU = 'No GPU was measured; `make benchmark ARGS="--only gpu"` does it on a machine that has one.'


def as_markdown(run: Run) -> str:
    """Write the whole document."""
    writers = (_head, _goals, _engines, _throughput, _stages, _memory, _sweep, _gpu, _method, _remarks)
    return "\n\n".join(part for write in writers if (part := write(run))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(run: Run) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in run.machine.versions.items())
    return (
        "# Performance\n\n"
        'Written by `make benchmark ARGS="--write-docs"`; not edited by hand. Figures are medians '
        f"over rounds ({run.options.rounds}), with the least and the largest of them in brackets.\n\n"
        f"- Measured at {run.measured_at}, model version {run.options.version}\n"
        f"- Machine: {run.machine.sentence}\n"
        f"- Versions: {versions}\n"
        f"- Engine of the server: {run.served}; configuration {run.configuration[:12] or 'not kept'}\n\n"
        f"![Stages of scoring, and throughput against the number of clients]({PICTURE})"
    )


def _goals(run: Run) -> str:
    rows = [
        (
            goal.title,
            goal.target,
            with_spread(run.figures.figures.get(goal.figure)),
            goal.judge(run.figures).value,
        )
        for goal in GOALS
    ]
    return "## What must hold\n\n" + table(("figure", "target", "measured", ""), rows)


def _engines(run: Run) -> str:
    names = run.figures.names("raw.")
    if not names:
        return ""
    base = run.figures.figures.get("raw.torch fp32")
    rows = [
        (name.removeprefix("raw."), with_spread(figure, unit=False), _times(run, name, base))
        for name, figure in ((name, run.figures.figures[name]) for name in names)
    ]
    return (
        "## The network alone\n\n"
        "Tiles of 256 x 256 a second, as many batches at the same time as the engine has lanes.\n\n"
        + table(("engine", "tiles/s", "times torch fp32"), rows)
        + f"\n\n{_PARITY}"
    )


def _times(run: Run, name: str, base: Figure | None) -> str:
    """Say how many times as fast as PyTorch: as the goals do, where they ask for it."""
    figures = run.figures.figures
    ratio = figures.get(f"ratio.{name.removeprefix('raw.').replace(' ', '_')}")
    if ratio is not None:
        return number(ratio.median)
    return number(figures[name].median / base.median) if base else ""


def _throughput(run: Run) -> str:
    loads = [("crops", clients) for clients in CROP_CLIENTS] + [("fields", FIELD_CLIENTS)]
    rows = [
        _throughput_row(run, server, images, clients)
        for server in ("torchserve", "gateway", "naive", "mixed")
        for images, clients in loads
        if f"{server}.{images}.{clients}" in run.figures.figures
    ]
    rows = _in_process_rows(run) + rows
    head = ("what", "images", "clients", "images/s", "median ms", "p95 ms", "ratio")
    return f"## Handler and servers\n\n{_RATIOS}\n\n{table(head, rows)}" if rows else ""


def _in_process_rows(run: Run) -> list[tuple[str, ...]]:
    found = ((images, run.figures.figures.get(f"handler.{images}")) for images in ("crops", "fields"))
    return [
        (
            "handler in process",
            images,
            "",
            with_spread(figure, unit=False),
            "",
            "",
            _ratio(run, f"handler.{images}"),
        )
        for images, figure in found
        if figure
    ]


def _throughput_row(run: Run, server: str, images: str, clients: int) -> tuple[str, ...]:
    name, figures = f"{server}.{images}.{clients}", run.figures.figures
    ratio = "mixed.32" if server == "mixed" else name
    times = (with_spread(figures.get(f"{name}.{part}"), unit=False) for part in ("median", "p95"))
    return (server, images, str(clients), with_spread(figures[name], unit=False), *times, _ratio(run, ratio))


def _ratio(run: Run, name: str) -> str:
    figure = run.figures.figures.get(f"ratio.{name}")
    return with_spread(figure) if figure else ""


def _stages(run: Run) -> str:
    if not run.figures.names("stages."):
        return ""
    rows = [
        (
            stage,
            *(
                with_spread(run.figures.figures.get(f"stages.{images}.{stage}"))
                for images in ("crops", "fields")
            ),
        )
        for stage in STAGES
    ]
    crowded = run.figures.figures.get("crowded.decode")
    told = (
        f"\n\nA field with 2,000 nuclei is decoded and serialised in {with_spread(crowded)}."
        if crowded
        else ""
    )
    return f"## Stages\n\n{_STAGES}\n\n" + table(("stage", "crop", "field"), rows) + told


def _memory(run: Run) -> str:
    figures = run.figures.figures
    rows = [
        (title, with_spread(figures[name]))
        for name, title in (
            ("start.first", "first start to READY"),
            ("start.warm", "start to READY with a warm cache"),
            ("memory.total.first", "resident after the first tenth of the requests, Java and workers"),
            ("memory.total.last", "resident after all requests, Java and workers"),
            ("memory.workers.last", "of which workers"),
            ("memory.java.last", "of which Java"),
            ("memory.workers.peak", "most that the workers ever held"),
            ("memory.huge.added", "added by one image of 48 megapixels, at most"),
            ("memory.huge.seconds", "its answer took"),
        )
        if name in figures
    ]
    if not rows:
        return ""
    requests = figures.get("memory.requests")
    sent = (
        f"{requests.median:,.0f} requests, crops and larger images in turn, were sent in ten parts.\n\n"
        if requests
        else ""
    )
    return "## Start and memory\n\n" + sent + table(("figure", "measured"), rows)


def _sweep(run: Run) -> str:
    figures = run.figures.figures
    rows = [
        (
            *(
                str(part)
                for part in (point.batch_size, point.delay_ms, point.workers, point.threads or "all")
            ),
            with_spread(figures[f"{name}.{SWEEP_CLIENTS}"], unit=False),
            with_spread(figures.get(f"{name}.{SWEEP_FIELDS}"), unit=False),
            with_spread(figures.get(f"{name}.1.median"), unit=False),
        )
        for point in grid()
        if f"{(name := f'sweep.{point.name}')}.{SWEEP_CLIENTS}" in figures
    ]
    if not rows:
        return f"## Batch settings\n\n{_CHOICE}\n\n{_NO_SWEEP}"
    head = (
        "batchSize",
        "maxBatchDelay ms",
        "workers",
        "threads",
        f"crops/s, {SWEEP_CLIENTS} clients",
        f"fields/s, {FIELD_CLIENTS} clients",
        "lone request, ms",
    )
    return f"## Batch settings\n\n{_CHOICE}\n\n" + table(head, rows) + "\n\n" + _best(run)


def _best(run: Run) -> str:
    """Say which settings came out best, and where a smaller batch would do as well."""
    figures = run.figures.figures
    speeds = {
        point: figures[name].median
        for point in grid()
        if (name := f"sweep.{point.name}.{SWEEP_CLIENTS}") in figures
    }
    best = max(speeds, key=lambda point: speeds[point])
    close = [point.name for point, speed in speeds.items() if point != best and speed >= 0.98 * speeds[best]]
    others = f" Within 2 % of it: {'; '.join(close)}." if close else ""
    return f"Fastest with crops: {best.name}, {number(speeds[best])} images/s.{others}{_choice(run)}"


def _choice(run: Run) -> str:
    """Say where the settings that are shipped stand among those measured."""
    folder = version_folder(run.options.version)
    if not folder.is_dir():
        return ""
    point = shipped(folder)
    place = rank(run.figures, point)
    stands = f"number {place[0]} of {place[1]} by crops times fields" if place else "not measured in this run"
    return f" Shipped: {point.name}, {stands}."


def _gpu(run: Run) -> str:
    figures = run.figures.figures
    if "gpu.handler" not in figures:
        return f"## GPU\n\n{_NO_GPU}"
    rows = [
        (f"raw loop, batches of {name.removeprefix('gpu.raw.')}", with_spread(figures[name]))
        for name in run.figures.names("gpu.raw.")
    ]
    rows += [
        ("handler in process, crops", with_spread(figures["gpu.handler"])),
        ("handler / raw loop at the best batch size", with_spread(figures["ratio.gpu"])),
        ("latency of a lone crop", with_spread(figures["gpu.latency"])),
    ]
    return "## GPU\n\n" + table(("figure", "measured"), rows)


def _method(run: Run) -> str:
    load = run.figures.figures.get("load")
    told = f" The load itself took {with_spread(load)} of the processor." if load else ""
    return f"## How it was measured\n\n{_METHOD.format(seconds=run.options.seconds)}{told}"


def _remarks(run: Run) -> str:
    told = [f"- {note}" for note in run.figures.notes]
    told += [f"- Not measured: {name}: {why}" for name, why in run.figures.failures.items()]
    return "## Remarks\n\n" + "\n".join(told) if told else ""
