"""Images as people bring them: a field at full size, a broken one, and the first as a phone takes it.

The phone's photo comes whole, and smaller, as messengers pass it on.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.images import jpeg
from training.phantoms import draw_phantom

FIELD_PX, MPP, SEED = 1228, 0.25, 9_061
PHONE_PX, PASSED_ON_PX = (4080, 3072), (2040, 1536)


@dataclass(frozen=True)
class Fields:
    """Paths of the files."""

    field: Path
    phone: Path
    passed_on: Path
    broken: Path


@cache
def _encoded() -> tuple[bytes, bytes, bytes]:
    field = draw_phantom(SEED, FIELD_PX, FIELD_PX, MPP).rgb
    return jpeg(field), jpeg(_tiled(field, *PHONE_PX)), jpeg(_tiled(field, *PASSED_ON_PX))


def _tiled(field: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    wide = np.tile(field, (-(-height_px // FIELD_PX), -(-width_px // FIELD_PX), 1))
    return np.ascontiguousarray(wide[:height_px, :width_px])


def write_fields(folder: Path) -> Fields:
    """Write a field, photos of 12.5 and 3 megapixels, and a photo that ends in the middle."""
    field, phone, passed_on = _encoded()
    written = {"field": field, "phone": phone, "passed_on": passed_on, "broken": field[:90_000]}
    for name, content in written.items():
        (folder / f"{name}.jpg").write_bytes(content)
    return Fields(**{name: folder / f"{name}.jpg" for name in written})
