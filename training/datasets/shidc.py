"""SHIDC-B-Ki-67 as published (Negahbani et al. 2021): 1228 x 1228 JPEG, points in a JSON beside each.

File names are `p1_0299_10.jpg`: patient, slide, field. Labels: 1 immunopositive, 2 immunonegative,
3 tumour-infiltrating lymphocyte. Phantoms are written in the same form.
"""

import re
from functools import partial
from pathlib import Path

from training.annotations import Annotation, annotated_images, read_annotation
from training.datasets.field import AnnotatedField, DataSetError

_NAME = re.compile(r"(?P<slide>p\d+_\d+)_\d+")


def read_shidc(folder: Path) -> list[AnnotatedField]:
    """Return the fields below `folder`; those of one slide are a group, other names a group each."""
    return [
        AnnotatedField(image.stem, _slide(image.stem), image, partial(_points, points))
        for image, points in annotated_images(folder)
    ]


def _slide(stem: str) -> str:
    named = _NAME.fullmatch(stem)
    return named["slide"] if named else stem


def _points(path: Path) -> Annotation:
    try:
        return read_annotation(path)
    except (OSError, ValueError) as error:
        raise DataSetError(str(error)) from error
