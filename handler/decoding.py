"""Probability map to nuclei, by the preset a version names.

Flow: `ProbabilityMap` -> `instances` or `mcconnell2021` -> `DecodedField`. No torch, no server; the same
code decodes at first scoring and when thresholds change later.
"""

from collections.abc import Callable

from handler.instances import decode_instances
from handler.mcconnell2021 import decode_mcconnell2021
from handler.nuclei import DecodedField
from handler.probability import ProbabilityMap
from handler.spec import DecodingSpec, Thresholds

_PRESETS: dict[str, Callable[[ProbabilityMap, DecodingSpec, Thresholds], DecodedField]] = {
    "instances": decode_instances,
    "mcconnell2021": decode_mcconnell2021,
}


def decode(probability: ProbabilityMap, decoding: DecodingSpec, thresholds: Thresholds) -> DecodedField:
    """Find, split, measure and classify the nuclei of one field.

    Raises ValueError where the version names a preset that does not exist.
    """
    if decoding.preset not in _PRESETS:
        raise ValueError(f"no decoding preset {decoding.preset!r}; there are {', '.join(sorted(_PRESETS))}")
    return _PRESETS[decoding.preset](probability, decoding, thresholds)
