"""Training, validation and test: fields in, names by split out; groups (patients, slides) stay whole."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.datasets.field import AnnotatedField, DataSetError

SHARES = {"training": 0.70, "validation": 0.15, "test": 0.15}
"""Section 3.1 of McConnell et al. 2021."""


def split_fields(fields: Sequence[AnnotatedField], seed: int = 0) -> dict[str, list[str]]:
    """Return the names of each split; the same fields and seed give the same splits on every machine.

    Groups are drawn in random order, and each goes to the split that lacks most of its share. Raises
    DataSetError where names repeat or there are fewer groups than splits.
    """
    groups: dict[str, list[str]] = {}
    for field in sorted(fields, key=lambda field: field.name):
        groups.setdefault(field.group, []).append(field.name)
    if len({field.name for field in fields}) < len(fields):
        raise DataSetError("two fields have the same name")
    if len(groups) < len(SHARES):
        raise DataSetError(f"{len(groups)} patients or slides cannot be split in {len(SHARES)}")
    names = list(groups)
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    order.sort(key=lambda group: -len(groups[group]))  # large groups first: small ones fill the gaps
    splits: dict[str, list[str]] = {split: [] for split in SHARES}
    for group in order:
        lacking = {split: share * len(fields) - len(splits[split]) for split, share in SHARES.items()}
        splits[max(lacking, key=lambda split: lacking[split])] += groups[group]
    return {split: sorted(names) for split, names in splits.items()}


def write_splits(path: Path, splits: dict[str, list[str]], seed: int) -> None:
    """Write the splits with the seed they came from."""
    path.write_text(json.dumps({"seed": seed, "splits": splits}, indent=2) + "\n", encoding="utf-8")


def read_splits(path: Path) -> dict[str, list[str]]:
    """Read what `write_splits` wrote; raises DataSetError where it is something else."""
    try:
        splits = json.loads(path.read_text(encoding="utf-8"))["splits"]
        return {str(split): [str(name) for name in names] for split, names in splits.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataSetError(f"{path.name} holds no splits") from error
