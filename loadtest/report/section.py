"""What a report is made of: a heading with paragraphs, a table and a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Row = Sequence[str]


@dataclass(frozen=True)
class Picture:
    """A file in the folder of pictures, and what it shows."""

    name: str
    caption: str


@dataclass(frozen=True)
class Section:
    """One part of the report; a table has a header, or there is none."""

    title: str
    paragraphs: Sequence[str] = ()
    header: Row = ()
    rows: Sequence[Row] = field(default_factory=list)
    pictures: Sequence[Picture] = ()
