"""The handler without a server: lists of images through `Analyser`, images a second."""

import time
from collections.abc import Callable
from functools import cache, partial

from benchmark.bench import Bench
from benchmark.errors import CannotMeasureError
from benchmark.figures import IMAGES_PER_S, Figures
from benchmark.images import CROP_PX, ImageSet
from benchmark.rounds import Probe
from handler.answer import ModelIdentity
from handler.errors import ProblemError
from handler.options import AnalysisOptions
from handler.pipeline import Analyser

AT_ONCE = {"crops": 64, "fields": 8}
"""Images of one call: enough that filling and emptying the pipeline hardly counts."""


def probes(bench: Bench) -> list[Probe]:
    """Return a probe for crops and one for fields."""
    analyser = cache(partial(new_analyser, bench))
    return [
        Probe(f"handler in process, {images.name}", partial(_measure, bench, analyser, images))
        for images in (bench.crops, bench.fields)
    ]


def new_analyser(bench: Bench) -> Analyser:
    """Return what the handler scores with, on the engine of the raw forward."""
    return Analyser(bench.spec, bench.engine, ModelIdentity("ki67", bench.options.version, ""))


def add_ratios(figures: Figures, bench: Bench) -> None:
    """Compare with the raw forward of as many pixels at the working resolution."""
    for images in (bench.crops, bench.fields):
        tiles_an_image = images.working_px / CROP_PX**2
        figures.add_ratio(f"ratio.handler.{images.name}", f"handler.{images.name}", bench.raw, tiles_an_image)


def images_per_s(analyser: Analyser, images: ImageSet, at_once: int, seconds: float) -> float:
    """Score lists of `at_once` images until `seconds` have passed; raises CannotMeasureError."""
    options = AnalysisOptions(mpp=images.mpp)
    items = [(images.files[k % len(images.files)], options) for k in range(at_once)]
    analyser.analyse(items[:2])
    done, started_s = 0, time.monotonic()
    while (passed_s := time.monotonic() - started_s) < seconds:
        results = analyser.analyse(items)
        if problem := next((each for each in results if isinstance(each, ProblemError)), None):
            raise CannotMeasureError(f"the handler did not score {images.name}: {problem.detail}")
        done += len(results)
    return done / passed_s


def _measure(bench: Bench, analyser: Callable[[], Analyser], images: ImageSet, figures: Figures) -> None:
    speed = images_per_s(analyser(), images, AT_ONCE[images.name], bench.options.seconds)
    figures.add(f"handler.{images.name}", IMAGES_PER_S, speed)
