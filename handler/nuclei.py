"""The nuclei found in one field, as arrays: one row a nucleus, coordinates in pixels as uploaded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND, IMMUNONEGATIVE, IMMUNOPOSITIVE = 0, 1, 2
CLASS_NAMES = ("background", "immunonegative", "immunopositive")


@dataclass(frozen=True)
class Nuclei:
    """Nuclei of one field; all arrays have one row a nucleus.

    `centroids_px` (n, 2) float32 x, y; origin top left, pixel centres at whole numbers.
    `areas_um2` (n,) float32. `immunopositive` (n,) bool. `confidences` (n,) float32 in 0.5 to 1, how
    sure the class is. `dab_densities` (n,) float32 mean DAB optical density. `contours_px` n closed
    polygons (m, 2) float32, x, y.
    """

    centroids_px: NDArray[np.float32]
    areas_um2: NDArray[np.float32]
    immunopositive: NDArray[np.bool_]
    confidences: NDArray[np.float32]
    dab_densities: NDArray[np.float32]
    contours_px: tuple[NDArray[np.float32], ...]

    def __len__(self) -> int:
        return len(self.areas_um2)

    @classmethod
    def none(cls) -> "Nuclei":
        """Return the nuclei of an empty field."""
        empty = np.zeros(0, np.float32)
        return cls(np.zeros((0, 2), np.float32), empty, np.zeros(0, np.bool_), empty, empty, ())


@dataclass(frozen=True)
class DecodedField:
    """Result of decoding a probability map: the nuclei, and the class map painted from just these.

    `class_map` is (height, width) uint8 at the map's working resolution: 0 background,
    1 immunonegative, 2 immunopositive. A pixel is not 0 exactly where a counted nucleus lies.
    """

    nuclei: Nuclei
    class_map: NDArray[np.uint8]
