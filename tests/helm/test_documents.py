"""The chart's README and the snapshot are those of the chart as it is."""

import re
import subprocess

import yaml

from helm.readme import CHART, commented, main, readme, shown
from tests.helm.rendering import PROFILES, written
from tests.helm.snapshot import FILE, snapshot
from tests.imports import ROOT


def test_the_readme_is_current() -> None:
    assert main(["--check"]) == 0, "run `python -m helm.readme`"


def test_the_snapshot_of_the_defaults_is_current() -> None:
    assert FILE.read_text("utf-8") == snapshot(), (
        "look at the change, then run `python -m tests.helm.snapshot`"
    )


def test_every_value_stands_below_a_comment() -> None:
    told = {each.path for each in commented(written(CHART / "values.yaml"))}
    for path, value in paths(yaml.safe_load(written(CHART / "values.yaml"))):
        assert any(path[:length] in told for length in range(2, len(path) + 1)) or (
            len(path) == 1 and path in told
        ), path
        del value


def paths(values: dict[str, object], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    found: list[tuple[tuple[str, ...], object]] = []
    for name, value in values.items():
        found.append(((*above, name), value))
        if isinstance(value, dict):
            found += paths(value, (*above, name))
    return found


def test_the_readme_tells_of_a_value_what_its_comment_says() -> None:
    text = "# A part.\npart:\n  # How many | of them.\n  # And so on.\n  number: 3\n\n# Alone.\nalone: {}\n"
    told = readme(text)
    assert "## part\n\nA part.\n" in told
    assert "| `part.number` | `3` | How many | of them. And so on. |" in told
    assert "| `alone` | `{}` | Alone. |" in told
    assert shown("a|b") == r"`" '"a\\|b"`'


def test_every_profile_is_named_in_the_readme() -> None:
    for name in PROFILES:
        assert f"values-{name}.yaml" in written(CHART / "README.md")


def test_the_versions_command_of_a_cluster_tells_how_it_is_used() -> None:
    said = subprocess.run(
        [ROOT / "helm/versions", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "helm/versions RELEASE VERB" in said
    wrong = subprocess.run([ROOT / "helm/versions", "ki67"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2


def test_links_of_the_chart_lead_somewhere() -> None:
    for document in (CHART / "README.md", ROOT / "docs/alerts.md"):
        for target in re.findall(r"\]\(([^)#]+)", written(document)):
            assert (document.parent / target).exists(), target
