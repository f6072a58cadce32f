"""The recipe of a model version, read from `spec.json` beside its weights.

Flow: `spec.json` -> `ModelSpec` -> engine (network), tiling (working resolution), decoding (parameters).
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self


@dataclass(frozen=True)
class Thresholds:
    """What a caller may change after the network has run.

    `probability` in 0..1: a pixel belongs to a nucleus from this probability of not being background.
    `min_area_um2`: smaller nuclei are specks. `category_boundaries_percent`: index below the first is
    low, above the second high, between (inclusive) borderline.
    """

    probability: float = 0.5
    min_area_um2: float = 8.0
    category_boundaries_percent: tuple[float, float] = (10.0, 20.0)


@dataclass(frozen=True)
class NetworkSpec:
    """Architecture in `segmentation_models_pytorch`'s words, and how pixels become its input.

    Or one of the project's own, with the encoder `none`: FCRN-A, FCRN-B, PathoNet, ColourSeparation.
    `outputs` names the channels; the three classes go through softmax, `interior` through sigmoid.
    Input = (RGB / 255 - mean) / std, RGB order.
    """

    architecture: str = "Unet"
    encoder: str = "resnet50"
    outputs: tuple[str, ...] = ("background", "immunonegative", "immunopositive", "interior")
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class SamplingSpec:
    """How a field is brought to the network: `working_mpp` microns per pixel, tiles up to `tile_px` a side.

    Neighbouring tiles share at least `overlap_px`. `whole_field_px` (not None) instead resizes every
    field to one square of that size, whatever its scale (the paper's way).
    """

    working_mpp: float = 0.5
    default_mpp: float = 0.25
    tile_px: int = 640
    overlap_px: int = 24
    whole_field_px: int | None = None


@dataclass(frozen=True)
class DecodingSpec:
    """How a probability map becomes nuclei; `preset` names the algorithm.

    `instances`: a nucleus for each peak of the interior map, smoothed by `smoothing_um`, that stands out
    by `prominence` (0..1). Class from the network's opinion and the DAB density relative to a threshold,
    mixed as log odds by `stain_weight` (0..1); a factor e in density counts 1 / `stain_softness`. The
    threshold is the field's, but at least `negative_margin` times the median density of the network's
    sure negatives and at most `positive_margin` times that of its sure positives.

    A nucleus whose pixels are on average less probable than `certainty` (0..1) of the way from the
    threshold to one is dropped; so is one cut by the border of the field and smaller than
    `border_min_area_um2`. Where sure nuclei lie dense within `crowding_radius_um` less certainty is asked,
    where they are few more of a blue one: `crowding_weight` (in probability) for each nucleus in 1000 um2.

    `mcconnell2021`: adaptive Gaussian threshold and contours, label at the centroid.
    """

    preset: Literal["instances", "mcconnell2021"] = "instances"
    prominence: float = 0.03
    smoothing_um: float = 1.0
    stain_weight: float = 0.9
    stain_softness: float = 0.25
    negative_margin: float = 2.0
    positive_margin: float = 0.5
    border_min_area_um2: float = 0.0
    certainty: float = 0.0
    crowding_weight: float = 0.0
    crowding_radius_um: float = 100.0


@dataclass(frozen=True)
class StainSpec:
    """The field's own DAB threshold: clip(fraction x percentile of DAB density, floor, ceiling)."""

    fraction: float = 0.4
    percentile: float = 97.0
    floor: float = 0.15
    ceiling: float = 0.40


@dataclass(frozen=True)
class ModelSpec:
    """Everything a version is, save its weights."""

    name: str
    version: str
    network: NetworkSpec = field(default_factory=NetworkSpec)
    sampling: SamplingSpec = field(default_factory=SamplingSpec)
    stain: StainSpec = field(default_factory=StainSpec)
    decoding: DecodingSpec = field(default_factory=DecodingSpec)
    thresholds: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a `spec.json`; raises ValueError that names an unknown or ill-typed key."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        parts = {
            "network": NetworkSpec,
            "sampling": SamplingSpec,
            "stain": StainSpec,
            "decoding": DecodingSpec,
            "thresholds": Thresholds,
        }
        built = {key: _build(kind, raw.pop(key, {}), key) for key, kind in parts.items()}
        return cls(**_checked(cls, raw | built, "spec"))


def _build(kind: type[Any], values: dict[str, Any], where: str) -> Any:
    frozen = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return kind(**_checked(kind, frozen, where))


def _checked(kind: type[Any], values: dict[str, Any], where: str) -> dict[str, Any]:
    unknown = sorted(values.keys() - {entry.name for entry in fields(kind)})
    if unknown:
        raise ValueError(f"{where} has unknown keys: {', '.join(unknown)}")
    return values
