"""What is sent: phantoms with their truth, or the images of a folder; and files that must be refused.

Phantoms are drawn from seeds that no training uses, the same bytes in every run.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmark.images import CROP_MPP, CROP_PX, FIELD_MPP, FIELD_PX, broken_files, jpeg
from loadtest.errors import CannotTestError
from training.annotations import IMAGE_SUFFIXES, IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL
from training.phantoms import Phantom, draw_phantom
from training.phantoms.files import UNSEEN_SEED

CROP, FIELD, PHOTO, ANY = "crop", "field", "photo", "any"
KINDS = {CROP: (8, CROP_PX, CROP_MPP), FIELD: (5, FIELD_PX // 2, FIELD_MPP), PHOTO: (2, FIELD_PX, FIELD_MPP)}
"""How many of each kind are drawn, their side in pixels, their microns per pixel."""


@dataclass(frozen=True)
class Picture:
    """A file as it is sent; `truth` counts its immunopositive and immunonegative nuclei where that is known.

    `cost` is the area for the network, in crops; `mpp` None leaves the scale to the file.
    """

    name: str
    kind: str
    data: bytes
    mpp: float | None = None
    cost: float = 1.0
    truth: tuple[int, int] | None = None


def drawn() -> list[Picture]:
    """Draw phantoms of every kind."""
    return [
        _drawn(kind, number, side_px, mpp)
        for kind, (count, side_px, mpp) in KINDS.items()
        for number in range(count)
    ]


def of_folder(folder: Path, mpp: float | None) -> list[Picture]:
    """Read the images of a folder, each sent as any kind; raises CannotTestError where there is none."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise CannotTestError(f"There is no image in {folder}.")
    return [Picture(path.name, ANY, path.read_bytes(), mpp) for path in files]


def of_kind(pictures: list[Picture], kind: str) -> list[Picture]:
    """Return the pictures that may be sent as this kind."""
    return [each for each in pictures if each.kind in (kind, ANY)]


def broken(pictures: list[Picture]) -> list[bytes]:
    """Return files that no service takes, made of the first picture where it is a JPEG."""
    first = of_kind(pictures, CROP)[0].data
    return (
        list(broken_files(first).values()) if b"\xff\xc0" in first else [first[:100], b"not an image " * 500]
    )


def _drawn(kind: str, number: int, side_px: int, mpp: float) -> Picture:
    phantom = draw_phantom(UNSEEN_SEED + number, side_px, side_px, mpp)
    cost = (side_px * mpp / (CROP_PX * CROP_MPP)) ** 2
    return Picture(f"{kind}-{number}.jpg", kind, jpeg(phantom.rgb), mpp, cost, _truth(phantom))


def _truth(phantom: Phantom) -> tuple[int, int]:
    counted = Counter(point.label_id for point in phantom.points)
    return counted[IMMUNOPOSITIVE_LABEL], counted[IMMUNONEGATIVE_LABEL]
