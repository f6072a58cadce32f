"""The Dockerfiles, read and not built: `make images-test` builds them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import ROOT

DOCKERFILES = tuple(ROOT / folder / "Dockerfile" for folder in ("model_store", "gateway", "loadtest"))


@pytest.fixture(params=DOCKERFILES, ids=lambda path: path.parent.name)
def dockerfile(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def last_stage(dockerfile: Path) -> str:
    """Return what makes the image itself."""
    return dockerfile.read_text().rpartition("\nFROM ")[2]


def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_runs_as_a_numeric_user_who_is_not_root(dockerfile: Path) -> None:
    assert "\nUSER 10001:10001\n" in last_stage(dockerfile)


def test_no_shell_stands_between_the_signal_and_the_program(dockerfile: Path) -> None:
    started = re.findall(
        r"^(?:CMD|ENTRYPOINT|HEALTHCHECK .* CMD) (.*)$", last_stage(dockerfile), re.MULTILINE
    )
    assert started
    assert all(command.startswith('["') for command in started)


def test_nothing_is_built_where_it_runs(dockerfile: Path) -> None:
    assert not re.search(r"\bgcc\b|\bpip\b|\bnpm\b", last_stage(dockerfile))


def test_only_what_an_image_is_made_of_goes_to_the_builder() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for each in DOCKERFILES for name in copied_folders(each)}
    assert sent == copied | {"LICENSE"}


@pytest.mark.parametrize("name", ["model_store", "gateway"])
def test_neither_training_nor_load_tests_are_in_what_serves(name: str) -> None:
    known = {"client", "gateway", "handler", "model_store", "requirements"}
    assert copied_folders(ROOT / name / "Dockerfile") <= known


def copied_folders(dockerfile: Path) -> set[str]:
    """Return the project's folders that a Dockerfile takes from."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile.read_text(), re.MULTILINE)
    return {word.partition("/")[0] for line in lines for word in line.split()} - {"LICENSE"}
