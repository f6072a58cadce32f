"""Annotated data sets in their published forms, as one list of fields.

Flow: folder -> reader of its format -> `AnnotatedField`s -> `check` (broken, duplicate, leaking) and
`splits` (training, validation, test by patient or slide).
"""

from training.datasets.field import AnnotatedField, DataSetError
from training.datasets.formats import FORMATS, read_dataset

__all__ = ["FORMATS", "AnnotatedField", "DataSetError", "read_dataset"]
