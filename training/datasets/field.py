"""One annotated field of view as every data set gives it: pixels, points, and whose tissue it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handler.errors import ProblemError
from handler.image import decode_image
from training.annotations import Annotation


class DataSetError(ValueError):
    """A folder or a file is not what its data set's format promises; the message names it."""


@dataclass(frozen=True)
class AnnotatedField:
    """A field of view with the points of its annotators.

    `group` names the patient or the slide: fields of one group look alike, so that a split keeps them
    together. `annotate` reads the points when asked, in pixels of `rgb()`; `crop_px` is the part of the
    file (left, top, right, bottom) that is the photograph, None for all of it.
    """

    name: str
    group: str
    image: Path
    annotate: Callable[[], Annotation]
    crop_px: tuple[int, int, int, int] | None = None

    def rgb(self) -> NDArray[np.uint8]:
        """Return the photograph (height, width, 3) uint8; raises DataSetError where it cannot be read."""
        try:
            whole = decode_image(self.image.read_bytes()).rgb
        except (OSError, ProblemError) as error:
            raise DataSetError(f"{self.image.name} cannot be read: {_reason(error)}") from error
        if self.crop_px is None:
            return whole
        left, top, right, bottom = self.crop_px
        return np.ascontiguousarray(whole[top:bottom, left:right])

    def annotation(self) -> Annotation:
        """Return the points; raises DataSetError where they cannot be read."""
        return self.annotate()


def _reason(error: OSError | ProblemError) -> str:
    return error.detail if isinstance(error, ProblemError) else error.strerror or str(error)
