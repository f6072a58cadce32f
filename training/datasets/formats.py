"""Which reader reads a folder: named by the user, or recognised by what lies in it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from training.datasets.bcdata import read_bcdata
from training.datasets.deepliif import read_deepliif
from training.datasets.field import AnnotatedField, DataSetError
from training.datasets.qupath import read_qupath
from training.datasets.shidc import read_shidc

FORMATS: Mapping[str, Callable[[Path], list[AnnotatedField]]] = MappingProxyType(
    {"bcdata": read_bcdata, "qupath": read_qupath, "shidc": read_shidc, "deepliif": read_deepliif}
)


def read_dataset(folder: Path, form: str | None = None) -> list[AnnotatedField]:
    """Return the fields of a folder in one of `FORMATS`; without a name, in the form it looks like.

    Raises DataSetError where the name is unknown or the folder holds no field in that form.
    """
    chosen = form or _recognised(folder)
    if chosen not in FORMATS:
        raise DataSetError(f"no data set format {chosen!r}; there are {', '.join(sorted(FORMATS))}")
    fields = FORMATS[chosen](folder)
    if not fields:
        raise DataSetError(f"{folder} holds no field in the form {chosen}")
    return fields


def _recognised(folder: Path) -> str:
    if (folder / "images").is_dir() and (folder / "annotations").is_dir():
        return "bcdata"
    if next(folder.rglob("*.geojson"), None):
        return "qupath"
    return "shidc" if next(folder.rglob("*.json"), None) else "deepliif"
