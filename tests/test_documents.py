"""What README and CONTRIBUTING promise exists: links, settings, targets."""

import json
import re
import subprocess

import pytest

from client.settings import ClientSettings
from gateway.settings import PREFIX, Settings
from model_store import SHIPPED_VERSIONS
from stack.settings import StackSettings
from tests.imports import ROOT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operating.md", "docs/loadtest.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
        assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


def test_every_variable_in_the_readme_is_a_setting() -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {f"{PREFIX}SECRET_FILE"}
    known |= {name.upper() for name in (*StackSettings.model_fields, *ClientSettings.model_fields)}
    named = set(re.findall(r"\b(?:GATEWAY|KI67)_[A-Z0-9_]+\b", text("README.md")))
    assert named <= known


def test_every_setting_of_make_run_and_make_score_is_in_the_readme() -> None:
    for name in (*StackSettings.model_fields, *ClientSettings.model_fields):
        assert name.upper() in text("README.md"), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_that_is_named_exists(name: str) -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([a-z]+)", listed, re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text(name), re.MULTILINE))
    assert named <= targets


VERSIONS = ROOT / "model_store" / "ki67"
FIGURES = (
    "f1_any",
    "f1_immunopositive",
    "f1_immunonegative",
    "index_mean_absolute_error",
    "index_root_mean_square_error",
    "index_bias",
)


@pytest.mark.parametrize("version", ["1.0", "1.1", "colour-1.0"])
@pytest.mark.parametrize(
    ("source", "called"), [("phantoms", "unseen phantoms"), ("bcdata", "BCData"), ("shidc", "SHIDC")]
)
def test_the_model_card_tells_the_figures_that_were_measured(version: str, source: str, called: str) -> None:
    measured = json.loads((VERSIONS / version / "metrics.json").read_text(encoding="utf-8"))[source]
    rows = [line.split("|")[1:-1] for line in card(version).splitlines()]
    (row,) = [cells for cells in rows if cells and called in cells[0] and len(cells) == len(FIGURES) + 1]
    for cell, figure in zip(row[1:], FIGURES, strict=True):
        digits = len(cell.strip().partition(".")[2])
        assert float(cell) == pytest.approx(measured[figure], abs=0.51 * 10**-digits), figure
    assert str(measured["fields"]) in row[0]


def card(version: str) -> str:
    return text(f"model_store/ki67/{version}/MODEL_CARD.md")


@pytest.mark.parametrize("version", SHIPPED_VERSIONS)
def test_the_model_card_tells_the_weights_of_stain_and_network(version: str) -> None:
    spec = json.loads((VERSIONS / version / "spec.json").read_text(encoding="utf-8"))
    told = re.search(r"\(weight ([0-9.]+)\)", card(version))
    assert told is not None
    assert float(told[1]) == spec["decoding"]["stain_weight"]
