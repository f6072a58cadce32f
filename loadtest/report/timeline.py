"""A run in, what happened second by second out, for the picture over time."""

import math
from collections import Counter
from dataclasses import dataclass

from loadtest.analysis.phases import RESULT, UPLOADS, results
from loadtest.reading import RunFolder

_MOST_MOMENTS = 240


@dataclass(frozen=True)
class Timeline:
    """Means over equally long stretches around `moments_s`, a second; and each one-image result by itself."""

    moments_s: list[float]
    uploads: list[float]
    images: list[float]
    shed: list[float]
    results_s: list[float]
    latencies_s: list[float]


def timeline(run: RunFolder) -> Timeline:
    """Count uploads by their intended start, images and refusals by their answer."""
    end_s = max(phase.end_s for phase in run.about.phases)
    step_s = max(1, math.ceil(end_s / _MOST_MOMENTS))
    places = range(math.ceil(end_s / step_s))
    uploads, images, shed = Counter[int](), Counter[int](), Counter[int]()
    for each in run.requests:
        if each.endpoint in UPLOADS:
            uploads[int(each.start_s // step_s)] += 1
            shed[int(each.end_s // step_s)] += each.outcome == "shed"
        if each.outcome == "ok" and each.endpoint != RESULT:
            images[int(each.end_s // step_s)] += each.images
    rates = [[counted[k] / step_s for k in places] for counted in (uploads, images, shed)]
    single, moments_s = results(run.requests), [step_s * (k + 0.5) for k in places]
    starts_s, latencies_s = [each.start_s for each in single], [each.latency_s for each in single]
    return Timeline(moments_s, rates[0], rates[1], rates[2], starts_s, latencies_s)
