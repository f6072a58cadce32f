"""First half of scoring a field: bytes and options in, the field at working resolution and its tiles out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handler.answer import ImageIdentity
from handler.image import decode_image
from handler.options import AnalysisOptions
from handler.sampling import to_working_resolution, working_size
from handler.scale import Scale, choose_scale
from handler.spec import ModelSpec
from handler.tiling import Blender, TilePlan, plan_tiles


@dataclass(frozen=True)
class PreparedField:
    """A field on its way: `rgb` at working resolution, and the blender that gathers its planes."""

    image: ImageIdentity
    scale: Scale
    options: AnalysisOptions
    rgb: NDArray[np.uint8]
    plan: TilePlan
    blender: Blender

    @property
    def network_px(self) -> int:
        """Pixels that the network has to compute."""
        return len(self.plan) * self.plan.tile_height_px * self.plan.tile_width_px

    def tiles(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the tiles in the blender's order."""
        return self.plan.cut(self.rgb)


def prepare(spec: ModelSpec, data: bytes, options: AnalysisOptions) -> PreparedField:
    """Decode an image and plan its tiles; raises the ProblemError that its sender should get."""
    field = decode_image(data)
    sampling = spec.sampling
    default_mpp = sampling.default_mpp if options.default_mpp is None else options.default_mpp
    scale = choose_scale(options.mpp, options.objective, field.file_mpp, default_mpp)
    size_px = working_size(field.width_px, field.height_px, scale, sampling)
    most_px = sampling.whole_field_px or sampling.tile_px
    plan = plan_tiles(size_px[1], size_px[0], most_px, sampling.overlap_px)
    return PreparedField(
        ImageIdentity(field.width_px, field.height_px, field.sha256),
        scale,
        options,
        to_working_resolution(field.rgb, size_px),
        plan,
        Blender(plan, len(spec.network.outputs) - 1),
    )
