"""Every stage of scoring timed alone, on one thread: milliseconds an image, for a crop and for a field."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmark.bench import Bench
from benchmark.engines import full_batches, tile_plan
from benchmark.figures import MS, Figures
from benchmark.images import ImageSet
from benchmark.rounds import Probe
from benchmark.sections.in_process import new_analyser
from handler.answer import FieldAnalysis
from handler.decoding import decode
from handler.errors import ProblemError
from handler.exchange import JSON, MSGPACK, PNG, Request, read_request, write_reply
from handler.image import decode_image
from handler.options import AnalysisOptions
from handler.quality import image_warnings
from handler.sampling import to_working_resolution, working_size
from handler.scale import choose_scale
from handler.stain import measure_stain
from handler.tiling import Blender, TilePlan

REPEATS = 9
STAGES = (
    "receive",
    "decode image",
    "resample",
    "tile",
    "forward",
    "blend",
    "measure stain",
    "check quality",
    "decode nuclei",
    "render mask",
    "serialise JSON",
    "serialise msgpack",
)


def probes(bench: Bench) -> list[Probe]:
    """Return a probe for crops and one for fields."""
    return [
        Probe(f"stages, {images.name}", partial(_measure, bench, images))
        for images in (bench.crops, bench.fields)
    ]


def milliseconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median of `repeats` runs after one that does not count."""
    work()
    times_s = []
    for _ in range(repeats):
        started_s = time.perf_counter()
        work()
        times_s.append(time.perf_counter() - started_s)
    return 1000.0 * statistics.median(times_s)


def _measure(bench: Bench, images: ImageSet, figures: Figures) -> None:
    for name, work in _stages(bench, images).items():
        repeats = 3 if name == "forward" else REPEATS
        figures.add(f"stages.{images.name}.{name}", MS, milliseconds(work, repeats))


def _stages(bench: Bench, images: ImageSet) -> dict[str, Callable[[], object]]:
    """Return every stage of the first image as a call that can be repeated."""
    spec, engine, file = bench.spec, bench.engine, images.files[0]
    headers = {"Accept": JSON, "X-Ki67-Mpp": f"{images.mpp:g}"}
    rgb = decode_image(file).rgb
    scale = choose_scale(images.mpp, None, None, spec.sampling.default_mpp)
    size_px = working_size(rgb.shape[1], rgb.shape[0], scale, spec.sampling)
    working = to_working_resolution(rgb, size_px)
    plan = tile_plan(spec, working.shape[0], working.shape[1])
    batches = full_batches(list(plan.cut(working)), engine.batch_tiles(*plan.tile_shape))
    planes = np.concatenate([engine.run(batch) for batch in batches])[: len(plan)]
    analysis = _analysis(bench, images)
    request = Request(b"", AnalysisOptions(), JSON, gzip=False)

    def reply(media_type: str) -> Callable[[], object]:
        return lambda: write_reply(analysis, replace(request, media_type=media_type))

    works: tuple[Callable[[], object], ...] = (
        lambda: read_request({"body": bytearray(file)}, headers, spec.thresholds),
        lambda: decode_image(file),
        lambda: to_working_resolution(rgb, size_px),
        lambda: list(plan.cut(working)),
        lambda: [engine.run(batch) for batch in batches],
        lambda: _blend(plan, planes),
        lambda: measure_stain(working, spec.stain),
        lambda: image_warnings(working),
        lambda: decode(analysis.probability, spec.decoding, analysis.thresholds),
        reply(PNG),
        reply(JSON),
        reply(MSGPACK),
    )
    return dict(zip(STAGES, works, strict=True))


def _blend(plan: TilePlan, planes: NDArray[np.uint8]) -> None:
    blender = Blender(plan, planes.shape[1])
    for tile in planes:
        blender.add(tile)


def _analysis(bench: Bench, images: ImageSet) -> FieldAnalysis:
    (result,) = new_analyser(bench).analyse([(images.files[0], AnalysisOptions(mpp=images.mpp))])
    if isinstance(result, ProblemError):
        raise result
    return result
