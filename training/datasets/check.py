"""What is wrong with a data set: fields that cannot be read, occur twice, or leak between splits.

Two photographs of nearly the same pixels count as one: a resaved copy in the test set would be known by
heart. They are found by the correlation of thumbnails of 16 x 16 grey pixels.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from training.datasets.field import AnnotatedField, DataSetError

Kind = Literal["broken", "duplicate", "leaking"]
Splits = Mapping[str, Sequence[str]]

_THUMBNAIL_PX = 16
_SAME_CORRELATION = 0.98
"""Thumbnails of different fields correlate by 0.21 at most (ki67-dev), those of a resaved one by 0.99."""


@dataclass(frozen=True)
class Finding:
    """One fault: its kind, the fields it concerns, and what it is in words."""

    kind: Kind
    fields: tuple[str, ...]
    detail: str


@dataclass(frozen=True)
class _Fingerprint:
    field: AnnotatedField
    sha256: str
    thumbnail: NDArray[np.float32]


def check_fields(fields: Iterable[AnnotatedField], splits: Splits | None = None) -> list[Finding]:
    """Return every fault of these fields; leaks are looked for where `splits` (split -> names) are given."""
    broken: list[Finding] = []
    whole: list[_Fingerprint] = []
    for field in fields:
        try:
            whole.append(_examined(field))
        except DataSetError as error:
            broken.append(Finding("broken", (field.name,), str(error)))
    return broken + _duplicates(whole) + leaks(whole, splits or {})


def _examined(field: AnnotatedField) -> _Fingerprint:
    """Read a field whole; raises DataSetError where a part of it cannot be used."""
    rgb, points = field.rgb(), field.annotation().points_px
    limit = np.array(rgb.shape[1::-1]) - 0.5
    outside = int(((points < -0.5) | (points > limit)).any(axis=1).sum())
    if outside:
        raise DataSetError(f"{outside} of {len(points)} points lie outside the image")
    return _Fingerprint(field, hashlib.sha256(rgb.tobytes()).hexdigest(), thumbnail_of(rgb))


def thumbnail_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a tiny grey image (256,) of zero mean and unit length: products of two are correlations."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    tiny = cv2.resize(grey, (_THUMBNAIL_PX, _THUMBNAIL_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = (tiny - tiny.mean()).ravel()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), np.float32)


def _duplicates(fields: Sequence[_Fingerprint]) -> list[Finding]:
    findings = []
    for a, b in combinations(fields, 2):
        if a.sha256 == b.sha256:
            findings.append(Finding("duplicate", (a.field.name, b.field.name), "the same pixels"))
        elif float(a.thumbnail @ b.thumbnail) >= _SAME_CORRELATION:
            findings.append(Finding("duplicate", (a.field.name, b.field.name), "nearly the same pixels"))
    return findings


def leaks(fields: Sequence[_Fingerprint], splits: Splits) -> list[Finding]:
    """Return groups, and duplicates, that stand on both sides of a split."""
    split_of = {name: split for split, names in splits.items() for name in names}
    by_group: dict[str, list[str]] = {}
    for item in fields:
        by_group.setdefault(item.field.group, []).append(item.field.name)
    together = [(names, f"all of {group}") for group, names in by_group.items()]
    together += [([*twins.fields], twins.detail) for twins in _duplicates(fields)]
    findings = []
    for names, what in together:
        found = sorted({split_of[name] for name in names if name in split_of})
        if len(found) > 1:
            findings.append(Finding("leaking", tuple(names), f"{what}, but in {' and '.join(found)}"))
    return findings
