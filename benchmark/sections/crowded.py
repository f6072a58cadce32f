"""Decoding a field with 2,000 nuclei: split, measured, serialised, on one core."""

import importlib
import json
from typing import Any

from benchmark.bench import Bench
from benchmark.errors import CannotMeasureError
from benchmark.figures import MS, Figures
from benchmark.rounds import Probe
from benchmark.sections.stages import milliseconds
from handler.answer import nuclei_to_answer
from handler.decoding import decode


def probes(bench: Bench) -> list[Probe]:
    """Return one probe."""

    def measure(figures: Figures) -> None:
        probability, spec = _crowded_map(), bench.spec

        def work() -> bytes:
            decoded = decode(probability, spec.decoding, spec.thresholds)
            return json.dumps(nuclei_to_answer(decoded.nuclei), separators=(",", ":")).encode()

        figures.add("crowded.decode", MS, *(milliseconds(work) for _ in range(bench.options.rounds)))
        nuclei = decode(probability, spec.decoding, spec.thresholds).nuclei
        figures.add("crowded.nuclei", "nuclei", len(nuclei.centroids_px))

    return [Probe("decoding 2,000 nuclei", measure)]


def _crowded_map() -> Any:
    try:
        return importlib.import_module("benchmark.crowded").crowded_map()
    except ModuleNotFoundError as error:
        raise CannotMeasureError("there is no map of 2,000 nuclei to decode yet") from error
