"""What README and CONTRIBUTING promise exists: links, settings, targets."""

import re
import subprocess

import pytest

from client.settings import ClientSettings
from gateway.settings import PREFIX, Settings
from stack.settings import StackSettings
from tests.imports import ROOT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
        assert (ROOT / target).exists(), f"{name} links to {target}"


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
