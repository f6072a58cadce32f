"""What an object of a field is: its kind, outline and stain."""

from dataclasses import dataclass
from enum import Enum

from training.phantoms.nucleus import NucleusShape, NucleusStain


class Kind(Enum):
    """What an object is; the value is its label in SHIDC-B-Ki-67's JSON, None where it bears no point."""

    IMMUNOPOSITIVE = 1
    IMMUNONEGATIVE = 2
    LYMPHOCYTE = 3
    SPINDLE = -1
    GHOST = -2
    DEBRIS = -3
    WISP = -4
    CYTOPLASM = -5
    STRAND = -6
    SHRUNKEN = -7

    @property
    def is_counted(self) -> bool:
        """Whether the proliferation index counts it."""
        return self in (Kind.IMMUNOPOSITIVE, Kind.IMMUNONEGATIVE)


@dataclass(frozen=True)
class Cell:
    """One object of a field: kind, outline, stain, and whether it lies out of focus."""

    kind: Kind
    shape: NucleusShape
    stain: NucleusStain
    out_of_focus: bool
