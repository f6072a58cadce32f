"""A laboratory's own decoding: probability maps of its fields in, the parameters that suit them best out.

Only what depends on a laboratory's staining and on what its annotators count is chosen: one parameter
after the other, each from a short list, kept where it gains enough. Cheap, as the network is run once.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from handler.decoding import decode
from handler.nuclei import Nuclei
from handler.probability import DENSITY_SCALE, ProbabilityMap
from handler.spec import ModelSpec, StainSpec
from training.datasets import AnnotatedField
from training.fields import AnalyseField, compared
from training.measures import Summary, summarise

CHOICES: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("thresholds", "probability", (0.3, 0.4, 0.5, 0.6)),
    ("decoding", "certainty", (0.3, 0.45, 0.6, 0.7)),
    ("stain", "fraction", (0.3, 0.4, 0.5)),
    ("stain", "floor", (0.08, 0.11, 0.15, 0.2)),
    ("stain", "ceiling", (0.25, 0.38, 0.5)),
)
_ROUNDS = 2
_LEAST_GAIN = 1.0
"""Points of `cost`; less is chance on a few fields, and was on half of bcdata's."""


@dataclass(frozen=True)
class SeenField:
    """A field with what the network saw in it."""

    field: AnnotatedField
    seen: ProbabilityMap


def look_at(analyse: AnalyseField, fields: Sequence[AnnotatedField]) -> list[SeenField]:
    """Run the network once over the fields."""
    progress = tqdm(fields, unit="field", desc="parameters", file=sys.stderr)
    return [SeenField(field, analyse(field).probability) for field in progress]


def choose_parameters(spec: ModelSpec, fields: Sequence[SeenField], mpp: float) -> ModelSpec:
    """Return the spec with the parameters of `CHOICES` that cost least on these fields.

    The paper's decoding has none of them and stays as it is.
    """
    if spec.decoding.preset != "instances" or not fields:
        return spec
    best, least = spec, cost(_measured(spec, fields, mpp))
    with tqdm(total=_ROUNDS * sum(len(c[2]) for c in CHOICES), unit="try", file=sys.stderr) as progress:
        for _ in range(_ROUNDS):
            for part, name, values in CHOICES:
                for candidate in _candidates(best, part, name, values):
                    tried = cost(_measured(candidate, fields, mpp))
                    if tried < least - _LEAST_GAIN:
                        best, least = candidate, tried
                progress.update(len(values))
    return best


def _candidates(spec: ModelSpec, part: str, name: str, values: Sequence[float]) -> Iterator[ModelSpec]:
    section: Any = getattr(spec, part)
    for value in values:
        if value != getattr(section, name):
            changes: dict[str, Any] = {part: replace(section, **{name: value})}
            yield replace(spec, **changes)


def cost(summary: Summary) -> float:
    """Return what is wrong, in points: mean lack of the classes' F1, and half the index' mean error."""
    f1 = (summary.f1_immunopositive + summary.f1_immunonegative) / 2
    return 100.0 * (1.0 - f1) + 0.5 * summary.index_mean_absolute_error


def _measured(spec: ModelSpec, fields: Sequence[SeenField], mpp: float) -> Summary:
    return summarise([compared(f.field, decoded(spec, f.seen), mpp) for f in fields])


def decoded(spec: ModelSpec, seen: ProbabilityMap) -> Nuclei:
    """Decode what the network saw by another spec."""
    restained = replace(seen, dab_threshold=dab_threshold_of(seen, spec.stain))
    return decode(restained, spec.decoding, spec.thresholds).nuclei


def dab_threshold_of(seen: ProbabilityMap, stain: StainSpec) -> float:
    """Return the field's DAB threshold by other numbers, as `handler.stain.measure_stain` takes it."""
    level = float(np.percentile(seen.dab_density[::2, ::2], stain.percentile)) / DENSITY_SCALE
    return float(np.clip(stain.fraction * level, stain.floor, stain.ceiling))
