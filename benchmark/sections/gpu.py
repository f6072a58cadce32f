"""The GPU: the raw loop at several batch sizes, and the handler's throughput against the best of them."""

import time

import torch

from benchmark.arithmetic import percentile
from benchmark.bench import Bench
from benchmark.engines import gpu_engine
from benchmark.figures import IMAGES_PER_S, MS, TILES_PER_S, Figures
from benchmark.images import CROP_PX
from benchmark.raw import tiles_per_s
from benchmark.rounds import Probe
from benchmark.sections.in_process import images_per_s
from handler.answer import ModelIdentity
from handler.options import AnalysisOptions
from handler.pipeline import Analyser

BATCHES = (1, 8, 16, 32, 64)
AT_ONCE = 1024
SINGLES = 20
NO_GPU = 'This machine has no GPU that PyTorch can use; `make benchmark ARGS="--only gpu"` measures one.'


def probes(bench: Bench) -> list[Probe]:
    """Return one probe; without a GPU it says so."""

    def measure(figures: Figures) -> None:
        if not torch.cuda.is_available():
            figures.note(NO_GPU)
            return
        best = max(BATCHES, key=lambda batch: _raw(bench, batch, figures))
        _handler(bench, best, figures)

    return [Probe("GPU", measure)]


def _raw(bench: Bench, batch: int, figures: Figures) -> float:
    """Measure the raw loop at one batch size; return the median of its rounds."""
    engine, name = gpu_engine(bench.version, batch, CROP_PX), f"gpu.raw.{batch}"
    for _ in range(bench.options.rounds):
        figures.add(name, TILES_PER_S, tiles_per_s(engine, bench.tiles, bench.options.seconds))
    return figures.figures[name].median


def _handler(bench: Bench, batch: int, figures: Figures) -> None:
    """Measure the handler beside the raw loop in the same rounds, and the latency of a lone crop."""
    engine, options = gpu_engine(bench.version, batch, CROP_PX), bench.options
    model, most_px = ModelIdentity("ki67", options.version, ""), AT_ONCE * CROP_PX**2
    analyser = Analyser(bench.spec, engine, model, most_px)
    for _ in range(options.rounds):
        figures.add("gpu.best", TILES_PER_S, tiles_per_s(engine, bench.tiles, options.seconds))
        figures.add(
            "gpu.handler", IMAGES_PER_S, images_per_s(analyser, bench.crops, AT_ONCE, options.seconds)
        )
    figures.add_ratio("ratio.gpu", "gpu.handler", "gpu.best")
    figures.add("gpu.batch", "tiles", batch)
    figures.add("gpu.latency", MS, percentile([_one_ms(bench, analyser) for _ in range(SINGLES)], 50))


def _one_ms(bench: Bench, analyser: Analyser) -> float:
    started_s = time.perf_counter()
    analyser.analyse([(bench.crops.files[0], AnalysisOptions(mpp=bench.crops.mpp))])
    return 1000.0 * (time.perf_counter() - started_s)
