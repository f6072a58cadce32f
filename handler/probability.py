"""What the network saw in one field of view, kept so that thresholds can change without running it again.

Flow: engine output and stain densities -> `ProbabilityMap` -> `decoding.decode`. Values are quantised
to 8 bits before the first decoding, so that a later decoding of the stored map gives the same nuclei.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PROBABILITY_SCALE = 255.0
DENSITY_SCALE = 100.0
"""A stored density of 100 is an optical density of 1.0; 255 stands for 2.55 and more."""

_PLANES = ("immunonegative", "immunopositive", "interior", "dab_density")


@dataclass(frozen=True)
class ProbabilityMap:
    """Per-pixel evidence at the working resolution; every plane is (height, width) uint8.

    `immunonegative` and `immunopositive` are the network's class probabilities x 255 (background is
    the rest), `interior` is 0 outside nuclei and rises to 255 at their centres, `dab_density` is the
    unmixed DAB optical density x 100. `dab_threshold` is the field's own optical density at which a
    nucleus counts as half stained.
    """

    immunonegative: NDArray[np.uint8]
    immunopositive: NDArray[np.uint8]
    interior: NDArray[np.uint8]
    dab_density: NDArray[np.uint8]
    dab_threshold: float
    field_width_px: int
    field_height_px: int
    field_mpp: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the planes, in working-resolution pixels."""
        height, width = self.immunonegative.shape
        return height, width

    @property
    def field_px_per_map_px(self) -> tuple[float, float]:
        """Horizontal and vertical size of one map pixel in pixels of the field as uploaded."""
        height, width = self.shape
        return self.field_width_px / width, self.field_height_px / height

    @property
    def pixel_area_um2(self) -> float:
        """Area of one map pixel on the slide."""
        horizontal, vertical = self.field_px_per_map_px
        return horizontal * vertical * self.field_mpp**2

    def to_message(self) -> dict[str, Any]:
        """Return a dictionary of plain values and raw bytes, ready for msgpack."""
        height, width = self.shape
        planes = {name: getattr(self, name).tobytes() for name in _PLANES}
        return planes | {
            "height": height,
            "width": width,
            "dab_threshold": self.dab_threshold,
            "field_width_px": self.field_width_px,
            "field_height_px": self.field_height_px,
            "field_mpp": self.field_mpp,
        }

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "ProbabilityMap":
        """Rebuild the map that `to_message` wrote; raises ValueError where a plane has a wrong size."""
        shape = (int(message["height"]), int(message["width"]))
        planes = {name: np.frombuffer(message[name], np.uint8).reshape(shape) for name in _PLANES}
        return cls(
            **planes,
            dab_threshold=float(message["dab_threshold"]),
            field_width_px=int(message["field_width_px"]),
            field_height_px=int(message["field_height_px"]),
            field_mpp=float(message["field_mpp"]),
        )
