"""TorchServe's batch settings: a grid of them in, images a second and the latency of a lone request out.

Each point is the version's own archive with another model-config.yaml, started, loaded with crops of 32
clients and of one and with fields of eight, and stopped. The shipped settings are a point of the grid.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path

import yaml

from benchmark.arithmetic import percentile
from benchmark.bench import Bench
from benchmark.figures import IMAGES_PER_S, MS, Figures
from benchmark.load.process import fire
from benchmark.places import CONFIG
from benchmark.rounds import Probe
from benchmark.sections.over_http import FIELD_CLIENTS
from model_store.archive import build_archive_of_folder

BATCH_SIZES, DELAYS_MS = (1, 4, 8, 16), (3, 5)
WORKERS_AND_THREADS: tuple[tuple[int, int | None], ...] = ((1, None), (2, None), (2, 1))
"""One worker or two with all cores, or a worker a core of two."""
CLIENTS = 32
FIELDS = "fields"
"""Ends the name of a point's figure for the load of fields."""


@dataclass(frozen=True)
class Point:
    """One choice of settings; `threads` None leaves the number to the engine."""

    batch_size: int
    delay_ms: int
    workers: int
    threads: int | None

    @property
    def name(self) -> str:
        """Name within the figures, such as `batch 8, delay 5 ms, 1 worker, all threads`."""
        workers = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        return (
            f"batch {self.batch_size}, delay {self.delay_ms} ms, {workers}, {self.threads or 'all'} threads"
        )


def grid() -> Iterator[Point]:
    """Yield the points; the delay makes no difference where a batch is one request."""
    for (workers, threads), size, delay_ms in product(WORKERS_AND_THREADS, BATCH_SIZES, DELAYS_MS):
        if size > 1 or delay_ms == DELAYS_MS[0]:
            yield Point(size, delay_ms, workers, threads)


def shipped(version: Path) -> Point:
    """Return the settings of a version's own model-config.yaml."""
    config = yaml.safe_load((version / CONFIG).read_text(encoding="utf-8"))
    threads = config.get("handler", {}).get("threads")
    return Point(config["batchSize"], config["maxBatchDelay"], config["maxWorkers"], threads)


def rank(figures: Figures, point: Point) -> tuple[int, int] | None:
    """Return the place of a point, 1 is the fastest, and of how many; None where it was not measured.

    Points are ordered by the product of what they do with crops and with fields.
    """
    worth = {each: _worth(figures, each) for each in grid()}
    measured = sorted((value for value in worth.values() if value), reverse=True)
    own = worth.get(point)
    return (measured.index(own) + 1, len(measured)) if own else None


def _worth(figures: Figures, point: Point) -> float:
    names = (f"sweep.{point.name}.{CLIENTS}", f"sweep.{point.name}.{FIELDS}")
    found = [figures.figures[name].median for name in names if name in figures.figures]
    return found[0] * found[1] if len(found) == len(names) else 0.0


def probes(bench: Bench) -> list[Probe]:
    """Return a probe for each point."""
    return [Probe(f"sweep: {point.name}", partial(_measure, bench, point)) for point in grid()]


def configured(folder: Path, version: Path, point: Point) -> Path:
    """Lay out the version in `folder` with this point's settings; its large files are links."""
    folder.mkdir(parents=True)
    for file in version.iterdir():
        if file.name != CONFIG:
            (folder / file.name).symlink_to(file.resolve())
    config = yaml.safe_load((version / CONFIG).read_text(encoding="utf-8"))
    config |= {"batchSize": point.batch_size, "maxBatchDelay": point.delay_ms}
    config |= {"minWorkers": point.workers, "maxWorkers": point.workers}
    if point.threads is not None:
        config["handler"] = config.get("handler", {}) | {"threads": point.threads}
    (folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def _measure(bench: Bench, point: Point, figures: Figures) -> None:
    place = bench.folder / "sweep" / "-".join(str(value) for value in asdict(point).values())
    archive = build_archive_of_folder(configured(place / "version", bench.version, point), place)
    with bench.new_torchserve(f"sweep/{place.name}/run", archive) as server:
        for clients in (CLIENTS, 1):
            options = bench.options
            plan = bench.magazine.plan(
                server.target, bench.crops, clients, warm_up_s=options.warm_up_s, seconds=options.seconds
            )
            report, name = fire(plan), f"sweep.{point.name}.{clients}"
            figures.add(name, IMAGES_PER_S, report.images_per_s)
            figures.add(f"{name}.median", MS, percentile(report.latencies_ms, 50))
        plan = bench.magazine.plan(
            server.target, bench.fields, FIELD_CLIENTS, warm_up_s=options.warm_up_s, seconds=options.seconds
        )
        figures.add(f"sweep.{point.name}.{FIELDS}", IMAGES_PER_S, fire(plan).images_per_s)
    archive.unlink()
