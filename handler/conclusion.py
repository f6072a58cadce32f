"""Second half of scoring a field: its planes, gathered from all tiles, in; nuclei, score and warnings out."""

import numpy as np

from handler.answer import EngineIdentity, FieldAnalysis, ModelIdentity
from handler.decoding import decode
from handler.preparation import PreparedField
from handler.probability import DENSITY_SCALE, ProbabilityMap
from handler.quality import image_warnings, score_warnings
from handler.scoring import score
from handler.spec import ModelSpec
from handler.stain import measure_stain


def conclude(
    spec: ModelSpec, model: ModelIdentity, engine: EngineIdentity, prepared: PreparedField
) -> FieldAnalysis:
    """Decode and score a field whose tiles have all come back."""
    thresholds = prepared.options.thresholds or spec.thresholds
    probability = _probability_map(spec, prepared)
    decoded = decode(probability, spec.decoding, thresholds)
    scored = score(decoded.nuclei, thresholds.category_boundaries_percent)
    return FieldAnalysis(
        image=prepared.image,
        scale=prepared.scale,
        model=model,
        engine=engine,
        decoding=spec.decoding,
        thresholds=thresholds,
        probability=probability,
        decoded=decoded,
        score=scored,
        warnings=score_warnings(prepared.scale, scored) + image_warnings(prepared.rgb),
    )


def _probability_map(spec: ModelSpec, prepared: PreparedField) -> ProbabilityMap:
    planes = dict(zip(spec.network.outputs[1:], prepared.blender.planes, strict=True))
    stain = measure_stain(prepared.rgb, spec.stain)
    density = np.rint(stain.dab_density * np.float32(DENSITY_SCALE)).clip(0, 255).astype(np.uint8)
    return ProbabilityMap(
        immunonegative=planes["immunonegative"],
        immunopositive=planes["immunopositive"],
        interior=planes.get("interior", np.zeros_like(density)),
        dab_density=density,
        dab_threshold=stain.dab_threshold,
        field_width_px=prepared.image.width_px,
        field_height_px=prepared.image.height_px,
        field_mpp=prepared.scale.mpp,
    )
