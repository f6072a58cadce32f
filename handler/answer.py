"""The result of one field: `FieldAnalysis` in, the answer document (JSON) or the message (msgpack) out.

    FieldAnalysis --to_answer--> dict for JSON
    FieldAnalysis --to_message--> dict of plain values and raw bytes --from_message--> FieldAnalysis

The message carries everything that the gateway keeps, so that it can draw and decode again later.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handler.nuclei import CLASS_NAMES, IMMUNONEGATIVE, IMMUNOPOSITIVE, Contours, DecodedField, Nuclei
from handler.probability import ProbabilityMap
from handler.quality import QualityWarning
from handler.scale import Scale
from handler.scoring import Score, score_counts
from handler.spec import DecodingSpec, Thresholds


@dataclass(frozen=True)
class ImageIdentity:
    """Size after EXIF orientation, and SHA-256 (hex) of the bytes as received."""

    width_px: int
    height_px: int
    sha256: str


@dataclass(frozen=True)
class ModelIdentity:
    """Which version scored, down to its weights."""

    name: str
    version: str
    weights_sha256: str


@dataclass(frozen=True)
class EngineIdentity:
    """What ran the network: such as torch, float32, cpu."""

    name: str
    precision: str
    device: str


@dataclass(frozen=True)
class FieldAnalysis:
    """Everything known about one field of view after scoring."""

    image: ImageIdentity
    scale: Scale
    model: ModelIdentity
    engine: EngineIdentity
    decoding: DecodingSpec
    thresholds: Thresholds
    probability: ProbabilityMap
    decoded: DecodedField
    score: Score
    warnings: tuple[QualityWarning, ...] = ()


def to_answer(analysis: FieldAnalysis) -> dict[str, Any]:
    """Return the answer document: plain values, nuclei in pixels of the image as uploaded."""
    return {
        "image": asdict(analysis.image),
        "scale": asdict(analysis.scale),
        "model": asdict(analysis.model),
        "engine": asdict(analysis.engine),
        "thresholds": _thresholds_to_answer(analysis.thresholds),
        **score_to_answer(analysis.score),
        "nuclei": nuclei_to_answer(analysis.decoded.nuclei),
        "warnings": [asdict(warning) for warning in analysis.warnings],
    }


def score_to_answer(score: Score) -> dict[str, Any]:
    """Return counts, index, interval (percent, two decimals) and category."""
    interval = score.index_interval_percent
    return {
        "counts": {
            "immunopositive": score.immunopositive,
            "immunonegative": score.immunonegative,
            "total": score.total,
        },
        "index_percent": None if score.index_percent is None else round(score.index_percent, 2),
        "index_interval_percent": None if interval is None else [round(end, 2) for end in interval],
        "category": score.category,
        "category_certain": score.category_certain,
    }


def nuclei_to_answer(nuclei: Nuclei) -> list[dict[str, Any]]:
    """Return one dictionary a nucleus, column by column rounded, in the order of `nuclei`."""
    names = (CLASS_NAMES[IMMUNONEGATIVE], CLASS_NAMES[IMMUNOPOSITIVE])
    columns = (
        _rounded(nuclei.centroids_px[:, 0], 1),
        _rounded(nuclei.centroids_px[:, 1], 1),
        [names[positive] for positive in nuclei.immunopositive.tolist()],
        _rounded(nuclei.confidences, 3),
        _rounded(nuclei.areas_um2, 1),
        _rounded(nuclei.dab_densities, 3),
    )
    return [
        {"x": x, "y": y, "class": name, "confidence": confidence, "area_um2": area, "dab_density": dab}
        for x, y, name, confidence, area, dab in zip(*columns, strict=True)
    ]


def to_message(analysis: FieldAnalysis) -> dict[str, Any]:
    """Return the answer with the planes and contours behind it as raw bytes (little-endian), for msgpack."""
    height, width = analysis.decoded.class_map.shape
    return {
        "answer": to_answer(analysis),
        "decoding": asdict(analysis.decoding),
        "mask": {"width": width, "height": height, "data": analysis.decoded.class_map.tobytes()},
        "contours": _contours_to_message(analysis.decoded.nuclei.contours_px),
        "probability": analysis.probability.to_message(),
    }


def from_message(message: dict[str, Any]) -> FieldAnalysis:
    """Rebuild what `to_message` wrote, nuclei rounded as in the answer.

    Raises KeyError, TypeError or ValueError where the message is not one of ours.
    """
    answer = message["answer"]
    thresholds = _thresholds_from_answer(answer["thresholds"])
    counts = answer["counts"]
    return FieldAnalysis(
        image=ImageIdentity(**answer["image"]),
        scale=Scale(**answer["scale"]),
        model=ModelIdentity(**answer["model"]),
        engine=EngineIdentity(**answer["engine"]),
        decoding=DecodingSpec(**message["decoding"]),
        thresholds=thresholds,
        probability=ProbabilityMap.from_message(message["probability"]),
        decoded=DecodedField(_nuclei_from_message(message), _class_map_from_message(message["mask"])),
        score=score_counts(
            counts["immunopositive"], counts["immunonegative"], thresholds.category_boundaries_percent
        ),
        warnings=tuple(QualityWarning(**warning) for warning in answer["warnings"]),
    )


def _rounded(column: NDArray[np.float32], decimals: int) -> list[float]:
    # Adding 0.0 turns -0.0 into 0.0; float64, so that 12.3 is written as 12.3.
    rounded: list[float] = (column.astype(np.float64).round(decimals) + 0.0).tolist()
    return rounded


def _thresholds_to_answer(thresholds: Thresholds) -> dict[str, Any]:
    boundaries = list(thresholds.category_boundaries_percent)
    return asdict(thresholds) | {"category_boundaries_percent": boundaries}


def _thresholds_from_answer(values: dict[str, Any]) -> Thresholds:
    lower, upper = values["category_boundaries_percent"]
    return Thresholds(values["probability"], values["min_area_um2"], (lower, upper))


def _contours_to_message(contours: Contours) -> dict[str, bytes]:
    lengths = contours.lengths.astype("<u4")
    return {"points": contours.points_px.astype("<f4").tobytes(), "lengths": lengths.tobytes()}


def _contours_from_message(message: dict[str, bytes]) -> Contours:
    points = np.frombuffer(message["points"], "<f4").astype(np.float32).reshape(-1, 2)
    ends = np.cumsum(np.frombuffer(message["lengths"], "<u4"), dtype=np.int64)
    if len(points) != (ends[-1] if len(ends) else 0):
        raise ValueError("The contours' lengths do not add up to their points.")
    return Contours(points, ends)


def _class_map_from_message(message: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(message["data"], np.uint8).reshape(message["height"], message["width"])


def _nuclei_from_message(message: dict[str, Any]) -> Nuclei:
    rows, contours = message["answer"]["nuclei"], _contours_from_message(message["contours"])
    if len(rows) != len(contours):
        raise ValueError("The message has not one contour a nucleus.")
    columns = {
        name: [row[name] for row in rows] for name in ("x", "y", "confidence", "area_um2", "dab_density")
    }
    return Nuclei(
        centroids_px=np.array([columns["x"], columns["y"]], np.float32).T.reshape(-1, 2),
        areas_um2=np.array(columns["area_um2"], np.float32),
        immunopositive=np.array([row["class"] == CLASS_NAMES[IMMUNOPOSITIVE] for row in rows], np.bool_),
        confidences=np.array(columns["confidence"], np.float32),
        dab_densities=np.array(columns["dab_density"], np.float32),
        contours_px=contours,
    )
