"""Images of several requests in, an analysis or a problem for each out.

    bytes -> Field -> Scale -> RGB at working resolution --+
    bytes -> Field -> Scale -> RGB at working resolution --+-> tiles of all fields in full batches -> engine
                                                           |
    nuclei, score, warnings <- ProbabilityMap <- planes <--+

Fields are decoded one after the other as the stream of tiles needs them, so that memory holds one or two
however many wait. What a field's answer is does not depend on its neighbours.
"""

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.answer import EngineIdentity, FieldAnalysis, ImageIdentity, ModelIdentity
from handler.decoding import decode
from handler.engine import Engine
from handler.errors import BusyError, ProblemError
from handler.image import decode_image
from handler.options import AnalysisOptions
from handler.probability import DENSITY_SCALE, ProbabilityMap
from handler.quality import image_warnings, score_warnings
from handler.sampling import to_working_resolution, working_size
from handler.scale import Scale, choose_scale
from handler.scoring import score
from handler.spec import ModelSpec
from handler.stain import measure_stain
from handler.tiling import Blender, TilePlan, plan_tiles

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Prepared:
    """A field on its way: `rgb` at working resolution, and the blender that gathers its outputs."""

    index: int
    image: ImageIdentity
    scale: Scale
    options: AnalysisOptions
    rgb: NDArray[np.uint8]
    plan: TilePlan
    blender: Blender


class Analyser:
    """Scores images with one version of the model.

    `max_tiles` bounds the work of one call: fields beyond it get BusyError, the first field never does.
    """

    def __init__(self, spec: ModelSpec, engine: Engine, model: ModelIdentity, max_tiles: int = 512) -> None:
        self._spec = spec
        self._engine = engine
        self._model = model
        self._max_tiles = max_tiles

    def analyse(self, items: Sequence[tuple[bytes, AnalysisOptions]]) -> list[FieldAnalysis | ProblemError]:
        """Return one result an item, in order; an item's failure is its own.

        Only what the engine raises is raised: then nothing was scored.
        """
        results: dict[int, FieldAnalysis | ProblemError] = {}
        for prepared, output in self._outputs(self._admitted(items, results)):
            prepared.blender.add(output)
            if prepared.blender.complete:
                results[prepared.index] = attempt(self._finish, prepared)
        return [results[index] for index in range(len(items))]

    def _admitted(
        self,
        items: Sequence[tuple[bytes, AnalysisOptions]],
        results: dict[int, FieldAnalysis | ProblemError],
    ) -> Iterator[_Prepared]:
        """Prepare the fields one after the other; those that fail or do not fit go straight to `results`."""
        tiles = 0
        for index, (data, options) in enumerate(items):
            prepared = attempt(self._prepare, index, data, options)
            if isinstance(prepared, ProblemError):
                results[index] = prepared
            elif tiles and tiles + len(prepared.plan) > self._max_tiles:
                results[index] = BusyError("Other images were sent at the same time; send this one again.")
            else:
                tiles += len(prepared.plan)
                yield prepared

    def _prepare(self, index: int, data: bytes, options: AnalysisOptions) -> _Prepared:
        field = decode_image(data)
        sampling = self._spec.sampling
        height_px, width_px = field.rgb.shape[:2]
        scale = choose_scale(options.mpp, options.objective, field.file_mpp, sampling.default_mpp)
        size_px = working_size(width_px, height_px, scale, sampling)
        tile_px, overlap_px = sampling.whole_field_px or sampling.tile_px, sampling.overlap_px
        plan = plan_tiles(size_px[1], size_px[0], tile_px, overlap_px)
        return _Prepared(
            index,
            ImageIdentity(width_px, height_px, field.sha256),
            scale,
            options,
            to_working_resolution(field.rgb, size_px),
            plan,
            Blender(plan, len(self._spec.network.outputs)),
        )

    def _outputs(self, fields: Iterator[_Prepared]) -> Iterator[tuple[_Prepared, NDArray[np.float32]]]:
        """Run the tiles of all fields in batches of one size, the last one filled up with black."""
        stream = ((prepared, tile) for prepared in fields for tile in prepared.plan.cut(prepared.rgb))
        while batch := list(islice(stream, self._engine.batch_tiles)):
            tiles = np.zeros((self._engine.batch_tiles, *batch[0][1].shape), np.uint8)
            for place, (_, tile) in enumerate(batch):
                tiles[place] = tile
            outputs = self._engine.run(tiles)
            yield from ((prepared, output) for (prepared, _), output in zip(batch, outputs, strict=False))

    def _finish(self, prepared: _Prepared) -> FieldAnalysis:
        """Decode and score a field whose tiles have all come back."""
        thresholds = prepared.options.thresholds or self._spec.thresholds
        probability = self._probability_map(prepared)
        decoded = decode(probability, self._spec.decoding, thresholds)
        scored = score(decoded.nuclei, thresholds.category_boundaries_percent)
        engine = self._engine
        return FieldAnalysis(
            image=prepared.image,
            scale=prepared.scale,
            model=self._model,
            engine=EngineIdentity(engine.name, engine.precision, engine.device),
            decoding=self._spec.decoding,
            thresholds=thresholds,
            probability=probability,
            decoded=decoded,
            score=scored,
            warnings=score_warnings(prepared.scale, scored) + image_warnings(prepared.rgb),
        )

    def _probability_map(self, prepared: _Prepared) -> ProbabilityMap:
        planes = dict(zip(self._spec.network.outputs, prepared.blender.planes, strict=True))
        stain = measure_stain(prepared.rgb, self._spec.stain)
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


def attempt(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result | ProblemError:
    """Do the work; what goes wrong is a problem of this one field.

    The log says where it went wrong and never what was in the image.
    """
    try:
        return work(*arguments, **named)
    except ProblemError as problem:
        return problem
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        logger.error(
            "%s in %s, line %s of %s", type(error).__name__, where.name, where.lineno, where.filename
        )
        return ProblemError("Scoring failed for a reason that is not yours; the image was not scored.")
