"""Images as people bring them: a field at full size, the same as a phone takes it, and one that is broken."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmark.images import jpeg
from training.phantoms import draw_phantom

FIELD_PX, MPP, SEED = 1228, 0.25, 9_061
PHONE_PX = (4080, 3072)


@dataclass(frozen=True)
class Fields:
    """Paths of the files."""

    field: Path
    phone: Path
    broken: Path


@cache
def _encoded() -> tuple[bytes, bytes]:
    field = draw_phantom(SEED, FIELD_PX, FIELD_PX, MPP).rgb
    width_px, height_px = PHONE_PX
    wide = np.tile(field, (-(-height_px // FIELD_PX), -(-width_px // FIELD_PX), 1))[:height_px, :width_px]
    return jpeg(field), jpeg(np.ascontiguousarray(wide))


def write_fields(folder: Path) -> Fields:
    """Write a field, a phone's photo of 12.5 megapixels, and a photo that ends in the middle."""
    field, phone = _encoded()
    fields = Fields(folder / "field.jpg", folder / "phone.jpg", folder / "broken.jpg")
    for path, content in ((fields.field, field), (fields.phone, phone), (fields.broken, field[:90_000])):
        path.write_bytes(content)
    return fields
