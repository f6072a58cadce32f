"""A report on disk: `report.json`, `report.md`, `report.html` and `pictures/`.

Flow: records -> `document` -> JSON; document and pictures -> `sections` -> Markdown, and one HTML file
with its pictures inside. Pictures of real fields are patients' images: a report stays where they may be.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from training.evaluation.agreement import agreement_figures
from training.evaluation.bootstrap import DRAWS, SEED
from training.evaluation.document import About, document, sets
from training.evaluation.plots import bland_altman_png, reliability_png
from training.evaluation.record import FieldRecord
from training.evaluation.sections import Picture, Section, sections

TITLE = "Ki-67 evaluation"
PICTURES = "pictures"
_DIAGRAMS = {"bland_altman": "Bland-Altman diagram", "reliability": "Reliability diagram"}
_MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


def write_report(
    folder: Path, about: About, systems: Mapping[str, Sequence[FieldRecord]], figure_3: Sequence[Picture]
) -> dict[str, Any]:
    """Write the report of `systems` into `folder`, where `figure_3` lies already; return its document."""
    made = document(about, systems)
    pictures = {"figure_3": figure_3, **_diagrams(folder, systems)}
    written = sections(made, pictures)
    _write(folder / "report.json", json.dumps(made, indent=2))
    _write(folder / "report.md", markdown(preface(about, systems), written))
    _write(folder / "report.html", html(folder, preface(about, systems), written))
    return made


def preface(about: About, systems: Mapping[str, Sequence[FieldRecord]]) -> list[str]:
    """Return what a reader must know before the first table."""
    fields = max(len(records) for records in systems.values())
    how = "over REST" if about.over_rest else "in process"
    splits = f" Splits: {', '.join(about.splits)}." if about.splits else ""
    sources = ", ".join(about.folders)
    return [
        f"{len(systems)} system(s) {how}: {', '.join(systems)}. {fields} fields of {sources} at "
        f"{about.mpp:g} microns per pixel.{splits}",
        f"Brackets hold 95 % bootstrap intervals: fields drawn with replacement {DRAWS} times, seed {SEED}, "
        "percentiles. Fields of one patient are alike: where patients are few, the intervals are too narrow.",
        "For research and teaching, not for diagnosis.",
    ]


def markdown(introduction: Sequence[str], parts: Sequence[Section]) -> str:
    """Return the report as Markdown; pictures are linked."""
    lines = [f"# {TITLE}", "", *(text for line in introduction for text in (line, ""))]
    for part in parts:
        lines += [f"## {part.title}", "", part.text, ""]
        if part.rows:
            lines += [_line(part.header), _line(["---"] * len(part.header)), *map(_line, part.rows), ""]
        for picture in part.pictures:
            lines += [f"![{picture.caption}]({picture.file})", ""]
    return "\n".join(lines).rstrip()


def html(folder: Path, introduction: Sequence[str], parts: Sequence[Section]) -> str:
    """Return the report as one HTML file; pictures are read from `folder` and put inside."""
    environment = Environment(loader=PackageLoader("training.evaluation"), autoescape=True, trim_blocks=True)
    template = environment.get_template("report.html")
    return template.render(
        title=TITLE, preface=introduction, sections=parts, inlined=lambda file: _inlined(folder / file)
    )


def _diagrams(folder: Path, systems: Mapping[str, Sequence[FieldRecord]]) -> dict[str, list[Picture]]:
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    made: dict[str, list[Picture]] = {"bland_altman": [], "reliability": []}
    for system, records in systems.items():
        by_source = {
            name: part for name, part in sets(records).items() if name in {r.source for r in records}
        }
        errors = [r.result.index_error for r in records if r.result.index_error is not None]
        drawn = {
            "bland_altman": bland_altman_png(f"Bland-Altman, {system}", by_source, agreement_figures(errors)),
            "reliability": reliability_png(f"Reliability, {system}", by_source),
        }
        for kind, data in drawn.items():
            file = f"{PICTURES}/{kind.replace('_', '-')}-{file_name(system)}.png"
            (folder / file).write_bytes(data)
            made[kind].append(Picture(file, f"{_DIAGRAMS[kind]} of {system}"))
    return made


def file_name(text: str) -> str:
    """Return `text` with everything but letters, digits, dots and hyphens as hyphens."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in text).strip("-.")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inlined(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_MEDIA_TYPES[path.suffix]};base64,{data}"


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")
