"""Findings in, the report's files out: `report.md` with pictures beside it, `report.html` with all inside."""

import base64
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader

from loadtest.objectives import OBJECTIVES, read_objectives
from loadtest.reading import RunFolderError, read_run
from loadtest.report.findings import Findings, Price
from loadtest.report.plots import pictures
from loadtest.report.section import Picture, Row, Section
from loadtest.report.sections import sections

PICTURES = "pictures"


def write(folder: Path, price: Price | None = None, objectives: Path = OBJECTIVES) -> Path:
    """Write the report of the run in `folder`; return the HTML file.

    Raises RunFolderError or ObjectivesError.
    """
    run = read_run(folder)
    found = Findings(run, read_objectives(run.about.profile, objectives), price)
    if not found.phases:
        raise RunFolderError(f"{folder} has no phase but the warm-up")
    drawn = _draw(folder / PICTURES, found)
    title, made = f"Capacity report: {run.about.profile}", sections(found, drawn)
    (folder / "report.md").write_text(markdown(title, made), encoding="utf-8")
    written = folder / "report.html"
    written.write_text(html(folder / PICTURES, title, made), encoding="utf-8")
    return written


def markdown(title: str, made: Sequence[Section]) -> str:
    """Return the report as Markdown; pictures are linked."""
    parts = [f"# {title}"]
    for section in made:
        parts += [f"## {section.title}", *section.paragraphs]
        parts += [f"![{each.caption}]({PICTURES}/{each.name})" for each in section.pictures]
        if section.rows:
            parts.append(
                "\n".join(map(_line, (section.header, ["---"] * len(section.header), *section.rows)))
            )
    return "\n\n".join(parts) + "\n"


def html(folder: Path, title: str, made: Sequence[Section]) -> str:
    """Return the report as one HTML file; pictures are read from `folder` and put inside."""
    environment = Environment(loader=PackageLoader("loadtest.report"), autoescape=True, trim_blocks=True)
    template = environment.get_template("report.html")
    return template.render(title=title, sections=made, inlined=lambda name: _inlined(folder / name))


def _draw(folder: Path, found: Findings) -> list[Picture]:
    folder.mkdir(exist_ok=True)
    drawn = []
    for picture, data in pictures(found):
        (folder / picture.name).write_bytes(data)
        drawn.append(picture)
    return drawn


def _line(cells: Row) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inlined(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
