import pytest
from typer.testing import CliRunner

from benchmark.__main__ import main
from benchmark.sections.catalogue import SECTIONS
from tests.commands import application

RUN = CliRunner()


@pytest.mark.parametrize(
    "words",
    [
        ["--only", "nonsense"],
        ["--version", "9.9"],
        ["--rounds", "0"],
        ["--seconds", "-1"],
        ["--earlier", "none"],
    ],
)
def test_a_wrong_command_line_ends_with_2_before_anything_starts(words: list[str]) -> None:
    assert RUN.invoke(application(main), words).exit_code == 2


def test_help_names_every_section() -> None:
    text = "".join(RUN.invoke(application(main), ["--help"], terminal_width=400).output.split())
    assert all(name in text for name in SECTIONS)
