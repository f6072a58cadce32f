"""The capacity report tells what the run shows, as Markdown and as one file of HTML."""

import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loadtest.reading import RunFolder, RunFolderError
from loadtest.report import write
from loadtest.report.findings import Price
from loadtest.report.timeline import timeline
from tests.imports import ROOT
from tests.loadtest.made_up import phase, run, save, smoke, soak, spike, step, stream, torchserve_page

PAGES = (torchserve_page(40, 100, 0.1, 0.2, 10, 50), torchserve_page(60, 300, 0.5, 0.3, 40, 90))


def report(whole: RunFolder, folder: Path, price: Price | None = None) -> str:
    write(save(whole, folder / "run"), price)
    return (folder / "run" / "report.md").read_text(encoding="utf-8")


def test_the_knee_its_cost_and_the_ratio_are_told(tmp_path: Path) -> None:
    """8.6 images a second come out right at the knee: 0.20 an hour are 0.0065 a thousand."""
    text = report(replace(step(), scrapes=PAGES), tmp_path, Price(0.20, "EUR"))
    assert "All objectives of this profile are met." in text
    assert "| knee | 9.20 images/s arrive, 8.60 come out right |" in text
    assert "| goodput at twice that rate (18.4) | 10.0 images/s, 100% of the peak |" in text
    assert "0.0065 EUR, if 2 cores of this machine cost 0.2 EUR an hour" in text
    assert "| goodput at its peak / raw forward | 0.56 |" in text
    assert "Made-up CPU, 2 cores (avx512_bf16)" in text
    assert "The processor is exhausted: 1.80 of 2 cores are busy" in text


def test_without_a_price_no_cost_is_told(tmp_path: Path) -> None:
    text = report(step(), tmp_path)
    assert "| cost of a thousand images at the knee | no price was given (--price-per-hour) |" in text
    assert "EUR" not in text


def test_missed_objectives_come_first(tmp_path: Path) -> None:
    text = report(step(at_twice_per_s=5), tmp_path)
    assert (
        text.index("Missed:")
        < text.index("60% of its peak, at least 90% asked for")
        < text.index("## In short")
    )


def like_smoke(profile: str) -> RunFolder:
    return replace(smoke(), about=smoke().about.model_copy(update={"profile": profile}))


@pytest.mark.parametrize(
    "whole",
    [smoke(), spike(20), soak(1.0), like_smoke("steady"), like_smoke("arrivals")],
    ids=lambda each: each.about.profile,
)
def test_every_profile_has_a_report(whole: RunFolder, tmp_path: Path) -> None:
    text = report(whole, tmp_path)
    assert f"# Capacity report: {whole.about.profile}" in text
    assert "knee" not in text.split("## By endpoint")[0].split("## In short")[1]
    assert ("| recovery after the spike | 19 s (p95 before: 0.50 s) |" in text) == (
        whole.about.profile == "spike"
    )


def test_the_html_is_one_file_with_its_pictures_inside(tmp_path: Path) -> None:
    report(replace(step(), scrapes=PAGES), tmp_path)
    text = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert text.count('src="data:image/png;base64,') == 4
    assert not re.findall(r'(?:src|href)="(?!data:)', text)


def test_every_picture_that_is_linked_is_drawn(tmp_path: Path) -> None:
    text = report(replace(step(), scrapes=PAGES), tmp_path)
    linked = re.findall(r"\]\((pictures/[a-z]+\.png)\)", text)
    assert linked == [f"pictures/{name}.png" for name in ("rates", "stages", "time", "memory")]
    for name in linked:
        data = (tmp_path / "run" / name).read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data.startswith(b"\x89PNG")
        assert width > height > 300


def test_names_from_outside_are_escaped(tmp_path: Path) -> None:
    """A phase's name comes from a file: it is text in HTML, and one cell in a table."""
    only = phase("<b>a|b</b>", 0, 20)
    text = report(run("smoke", [only], stream(only, 2, 0.2)), tmp_path)
    assert "| <b>a\\|b</b> |" in text
    assert "<b>" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_run_that_only_warmed_up_has_no_report(tmp_path: Path) -> None:
    only = phase("warm-up", 0, 20)
    with pytest.raises(RunFolderError, match="no phase but the warm-up"):
        report(run("smoke", [only], stream(only, 2, 0.2)), tmp_path)


def test_the_timeline_counts_a_second() -> None:
    line = timeline(smoke())
    assert line.moments_s[:2] == [0.5, 1.5]
    assert line.uploads == [0.0] * 5 + [2.0] * 15
    assert sum(line.images) == 30
    assert len(line.results_s) == 30


def test_a_long_run_is_told_in_longer_stretches() -> None:
    line = timeline(soak(0))
    assert len(line.moments_s) == 200
    assert line.uploads == [1.0] * 200


def test_the_command_takes_a_price_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    folder = save(step(), tmp_path / "run")
    words = [sys.executable, "-m", "loadtest.report"]
    done = subprocess.run(
        [*words, str(folder), "--price-per-hour", "0.3", "--currency", "CHF"], cwd=ROOT, check=False
    )
    assert done.returncode == 0
    assert "0.0097 CHF" in (folder / "report.md").read_text(encoding="utf-8")
    nothing = subprocess.run([*words, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert nothing.returncode == 2
    assert "run.json cannot be read" in nothing.stderr
