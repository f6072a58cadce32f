"""Which fields are learnt from and which are held out, by split or from a folder of their own; no leaks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from training.datasets import AnnotatedField, DataSetError, read_dataset
from training.datasets.check import check_fields
from training.learning_data import by_split

TRAINING, HELD_OUT = "training", "held out"
Parts = dict[str, list[AnnotatedField]]


def parts_of(folder: Path, form: str | None, held_out: Path | None, seed: int) -> Parts:
    """Return the fields of the two parts.

    Without a folder of held-out fields those are the validation and test splits. Raises DataSetError where
    a field is broken or stands on both sides, or there are too few patients or slides to split.
    """
    fields = read_dataset(folder, form)
    parts = _split(fields, seed) if held_out is None else _both(fields, read_dataset(held_out, form))
    check_parts(parts)
    return parts


def _split(fields: Sequence[AnnotatedField], seed: int) -> Parts:
    try:
        splits = by_split(fields, None, seed)
    except DataSetError as error:
        raise DataSetError(f"{error}; give --held-out FOLDER, fields of other patients") from error
    return {TRAINING: splits["training"], HELD_OUT: splits["validation"] + splits["test"]}


def _both(training: Sequence[AnnotatedField], held_out: Sequence[AnnotatedField]) -> Parts:
    """Keep names apart: two folders may each have a field 1, and it need not be the same."""
    return {
        part: [_named(field, part) for field in fields]
        for part, fields in ((TRAINING, training), (HELD_OUT, held_out))
    }


def _named(field: AnnotatedField, part: str) -> AnnotatedField:
    name = f"{part}/{field.name}"
    return replace(field, name=name, group=name if field.group == field.name else field.group)


def check_parts(parts: Parts) -> None:
    """Raise DataSetError where a field cannot be read, or tissue or pixels stand in both parts."""
    every = [field for fields in parts.values() for field in fields]
    names = {part: [field.name for field in fields] for part, fields in parts.items()}
    findings = check_fields(tqdm(every, unit="field", desc="check"), names)
    bad = [finding for finding in findings if finding.kind != "duplicate"]
    if bad:
        told = "; ".join(f"{f.kind}: {', '.join(f.fields)}: {f.detail}" for f in bad[:3])
        raise DataSetError(f"{len(bad)} findings in the data: {told}")
    empty = [part for part, fields in parts.items() if not fields]
    if empty:
        raise DataSetError(f"no field is {' or '.join(empty)}")
