"""Servers over HTTP: TorchServe, the gateway before it, the naive handler, and a load with broken images."""

from collections.abc import Callable

from benchmark.arithmetic import percentile
from benchmark.bench import Bench
from benchmark.figures import IMAGES_PER_S, MS, Figures
from benchmark.images import CROP_PX, ImageSet, broken_files
from benchmark.load.process import fire
from benchmark.load.report import Report
from benchmark.rounds import Probe
from benchmark.servers.target import Target

CROP_CLIENTS = (1, 8, 32)
FIELD_CLIENTS = 8
MOST = 32


def torchserve_probes(bench: Bench) -> list[Probe]:
    """Crops at three numbers of clients, fields at one."""
    return _probes(bench, "torchserve", lambda: bench.torchserve.target)


def gateway_probes(bench: Bench) -> list[Probe]:
    """The same load on the gateway."""
    return _probes(bench, "gateway", lambda: bench.whole.gateway)


def naive_probes(bench: Bench) -> list[Probe]:
    """Crops at most clients on the naive handler."""

    def measure(figures: Figures) -> None:
        _fire(bench, figures, "naive", bench.naive.target, bench.crops, MOST)

    return [Probe("naive handler, crops", measure)]


def mixed_probes(bench: Bench) -> list[Probe]:
    """Crops at most clients, one in twenty broken; the same without is TorchServe's own probe."""

    def measure(figures: Figures) -> None:
        broken = tuple(broken_files(bench.crops.files[0]).values())
        report = _fire(bench, figures, "mixed", bench.torchserve.target, bench.crops, MOST, broken)
        figures.add("mixed.refused", "images", report.refused)

    return [Probe("mixed load, 5 % broken", measure)]


def add_ratios(figures: Figures, bench: Bench) -> None:
    """Compare TorchServe with the raw forward, and the others with TorchServe."""
    loads = [(bench.crops, clients) for clients in CROP_CLIENTS] + [(bench.fields, FIELD_CLIENTS)]
    for images, clients in loads:
        end = f"{images.name}.{clients}"
        tiles_an_image = images.working_px / CROP_PX**2
        figures.add_ratio(f"ratio.torchserve.{end}", f"torchserve.{end}", bench.raw, tiles_an_image)
        figures.add_ratio(f"ratio.gateway.{end}", f"gateway.{end}", f"torchserve.{end}")
    figures.add_ratio("ratio.naive.crops.32", "torchserve.crops.32", "naive.crops.32")
    figures.add_ratio("ratio.mixed.32", "mixed.crops.32", "torchserve.crops.32")
    figures.add_difference("gateway.added", "gateway.crops.1.median", "torchserve.crops.1.median")


def _probes(bench: Bench, server: str, target: Callable[[], Target]) -> list[Probe]:
    def probe(images: ImageSet, clients: int) -> Probe:
        def measure(figures: Figures) -> None:
            _fire(bench, figures, server, target(), images, clients)

        return Probe(f"{server}, {images.name}, {clients} clients", measure)

    crops = [probe(bench.crops, clients) for clients in CROP_CLIENTS]
    return [*crops, probe(bench.fields, FIELD_CLIENTS)]


def _fire(
    bench: Bench,
    figures: Figures,
    server: str,
    target: Target,
    images: ImageSet,
    clients: int,
    broken: tuple[bytes, ...] = (),
) -> Report:
    options = bench.options
    plan = bench.magazine.plan(
        target, images, clients, warm_up_s=options.warm_up_s, seconds=options.seconds, broken=broken
    )
    report, name = fire(plan), f"{server}.{images.name}.{clients}"
    figures.add(name, IMAGES_PER_S, report.images_per_s)
    if report.latencies_ms:
        figures.add(f"{name}.median", MS, percentile(report.latencies_ms, 50))
        figures.add(f"{name}.p95", MS, percentile(report.latencies_ms, 95))
    figures.add("load", "cores", report.client_cores)
    for kind, count in report.errors.items():
        figures.note(f"{server}, {images.name}, {clients} clients: {count} answers not counted ({kind}).")
    return report
