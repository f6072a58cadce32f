"""Decoding a field with 2,000 nuclei: split, measured, serialised, on one core."""

import orjson

from benchmark.bench import Bench
from benchmark.crowded import crowded_map
from benchmark.figures import MS, Figures
from benchmark.rounds import Probe
from benchmark.sections.stages import milliseconds
from handler.answer import nuclei_to_answer
from handler.decoding import decode


def probes(bench: Bench) -> list[Probe]:
    """Return one probe."""

    def measure(figures: Figures) -> None:
        probability, spec = crowded_map(), bench.spec

        def work() -> bytes:
            decoded = decode(probability, spec.decoding, spec.thresholds)
            return orjson.dumps(nuclei_to_answer(decoded.nuclei))

        figures.add("crowded.decode", MS, *(milliseconds(work) for _ in range(bench.options.rounds)))
        nuclei = decode(probability, spec.decoding, spec.thresholds).nuclei
        figures.add("crowded.nuclei", "nuclei", len(nuclei.centroids_px))

    return [Probe("decoding 2,000 nuclei", measure)]
