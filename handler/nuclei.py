"""The nuclei found in one field, as arrays: one row a nucleus, coordinates in pixels as uploaded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND, IMMUNONEGATIVE, IMMUNOPOSITIVE = 0, 1, 2
CLASS_NAMES = ("background", "immunonegative", "immunopositive")


@dataclass(frozen=True)
class Contours:
    """Closed polygons packed, one a nucleus: `points_px` (p, 2) float32 x, y of all of them.

    `ends` (n,) int64 tells where each polygon's points end. An item is a view (m, 2).
    """

    points_px: NDArray[np.float32]
    ends: NDArray[np.int64]

    @classmethod
    def packed(cls, polygons: Sequence[NDArray[np.float32]]) -> "Contours":
        """Pack polygons (m, 2) given one by one."""
        points = np.concatenate([np.zeros((0, 2), np.float32), *polygons])
        return cls(points, np.cumsum([len(polygon) for polygon in polygons], dtype=np.int64))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many points (n,) each polygon has."""
        return np.diff(self.ends, prepend=0)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int | np.integer) -> NDArray[np.float32]:
        start = 0 if index in (0, -len(self)) else self.ends[index - 1]
        return self.points_px[start : self.ends[index]]

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[index] for index in range(len(self)))


@dataclass(frozen=True)
class Nuclei:
    """Nuclei of one field; all arrays have one row a nucleus.

    `centroids_px` (n, 2) float32 x, y; origin top left, pixel centres at whole numbers.
    `areas_um2` (n,) float32. `immunopositive` (n,) bool. `confidences` (n,) float32 in 0.5 to 1, how
    sure the class is. `dab_densities` (n,) float32 mean DAB optical density. `contours_px` n outlines.
    """

    centroids_px: NDArray[np.float32]
    areas_um2: NDArray[np.float32]
    immunopositive: NDArray[np.bool_]
    confidences: NDArray[np.float32]
    dab_densities: NDArray[np.float32]
    contours_px: Contours

    def __len__(self) -> int:
        return len(self.areas_um2)

    @classmethod
    def none(cls) -> "Nuclei":
        """Return the nuclei of an empty field."""
        empty = np.zeros(0, np.float32)
        return cls(
            np.zeros((0, 2), np.float32), empty, np.zeros(0, np.bool_), empty, empty, Contours.packed([])
        )


@dataclass(frozen=True)
class DecodedField:
    """Result of decoding a probability map: the nuclei, and the class map painted from just these.

    `class_map` is (height, width) uint8 at the map's working resolution: 0 background,
    1 immunonegative, 2 immunopositive. A pixel is not 0 exactly where a counted nucleus lies.
    """

    nuclei: Nuclei
    class_map: NDArray[np.uint8]
