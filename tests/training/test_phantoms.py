"""Phantoms are repeatable and exact in their truth."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.commands import application
from training.phantoms import Phantom, draw_phantom
from training.phantoms.__main__ import main
from training.phantoms.cell import Kind
from training.phantoms.laboratory import draw_laboratory, draw_stroma
from training.phantoms.nucleus import NucleusShape, outline
from training.phantoms.population import populate
from training.phantoms.tissue import draw_tissue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def phantoms() -> Iterator[list[Phantom]]:
    yield [draw_phantom(seed, 192, 160) for seed in range(12)]


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = draw_phantom(7, 128, 96), draw_phantom(7, 128, 96)
    assert first.rgb.tobytes() == second.rgb.tobytes()
    assert first.instance_map.tobytes() == second.instance_map.tobytes()
    assert first.points == second.points


half_axes_px = st.floats(8, 30)
lobes_of_nuclei = st.tuples(*[st.floats(-0.1, 0.1)] * 4)


@settings(max_examples=40, deadline=None)
@given(half_axes_px, half_axes_px, st.floats(0, 3.1), lobes_of_nuclei, st.floats(0, 6))
def test_the_stated_area_of_an_outline_is_what_it_covers(
    length: float, width: float, angle: float, lobes: tuple[float, float, float, float], phase: float
) -> None:
    shape = NucleusShape(80.0, 80.0, length, width, angle, lobes, (phase, 2 * phase, 1.0, 4.0))
    patch = outline(shape, (160, 160))
    assert patch is not None
    assert (patch.radius < 1).sum() == pytest.approx(shape.area_px, rel=0.06)


def test_nuclei_that_the_border_cuts_off_are_ignored_and_bear_no_point(phantoms: list[Phantom]) -> None:
    cut = [phantom.ignored[0] | phantom.ignored[-1] for phantom in phantoms]
    assert sum(row.any() for row in cut) > len(phantoms) / 2
    for phantom in phantoms:
        assert all(not phantom.ignored[p.y, p.x] for p in phantom.points if p.label_id in (1, 2))


def test_another_seed_gives_another_field() -> None:
    assert draw_phantom(7, 128, 96).rgb.tobytes() != draw_phantom(8, 128, 96).rgb.tobytes()


@settings(max_examples=10, deadline=None)
@given(st.integers(32, 200), st.integers(32, 200), st.floats(0.2, 1.0))
def test_any_size_and_scale_can_be_drawn(width: int, height: int, mpp: float) -> None:
    phantom = draw_phantom(3, width, height, mpp)
    assert phantom.rgb.shape == (height, width, 3)
    assert phantom.class_map.shape == phantom.instance_map.shape == (height, width)


def test_a_field_too_small_to_hold_a_nucleus_is_refused() -> None:
    with pytest.raises(ValueError, match="32 pixels"):
        draw_phantom(1, 31, 64)


def test_every_counted_nucleus_has_one_instance_and_one_point(phantoms: list[Phantom]) -> None:
    for phantom in phantoms:
        counted = [point for point in phantom.points if point.label_id in (1, 2)]
        assert set(np.unique(phantom.instance_map)) == set(range(len(counted) + 1))


def test_class_map_and_instances_cover_the_same_pixels(phantoms: list[Phantom]) -> None:
    for phantom in phantoms:
        assert ((phantom.class_map > 0) == (phantom.instance_map > 0)).all()
        assert not (phantom.ignored & (phantom.class_map > 0)).any()


def test_every_instance_has_one_class(phantoms: list[Phantom]) -> None:
    for phantom in phantoms:
        for number in range(1, int(phantom.instance_map.max()) + 1):
            assert len(np.unique(phantom.class_map[phantom.instance_map == number])) == 1


def test_points_of_most_nuclei_lie_on_their_class(phantoms: list[Phantom]) -> None:
    classes = {1: 2, 2: 1}
    hits = [
        phantom.class_map[point.y, point.x] == classes[point.label_id]
        for phantom in phantoms
        for point in phantom.points
        if point.label_id in classes
    ]
    assert np.mean(hits) > 0.95


def test_rich_stroma_is_the_same_laboratory_with_more_that_is_no_tumour() -> None:
    plain, rich = draw_phantom(7, 128, 96), draw_phantom(7, 128, 96, rich_stroma=True)
    again = draw_phantom(7, 128, 96, rich_stroma=True)
    assert rich.rgb.tobytes() == again.rgb.tobytes() != plain.rgb.tobytes()


def test_lymphocytes_bear_points_and_are_background_where_stroma_is_rich() -> None:
    phantoms = [draw_phantom(seed, 192, 160, rich_stroma=True) for seed in range(12)]
    on_lymphocytes = [
        phantom.class_map[point.y, point.x] == 0 and not phantom.ignored[point.y, point.x]
        for phantom in phantoms
        for point in phantom.points
        if point.label_id == 3
    ]
    assert len(on_lymphocytes) >= 10
    assert np.mean(on_lymphocytes) > 0.9


def test_what_lies_between_nuclei_is_painted_below_them_and_is_background() -> None:
    rng = np.random.default_rng(0)
    stroma = replace(draw_stroma(rng), cytoplasm_share=1.0, strands_per_mm2=3000.0, spindle_share=1.0)
    laboratory = replace(draw_laboratory(rng), stroma=stroma)
    cells = populate(rng, laboratory, draw_tissue(rng, laboratory, (192, 192), 0.5), 0.5)
    kinds = [cell.kind for cell in cells]
    last_below = max(at for at, kind in enumerate(kinds) if kind in (Kind.STRAND, Kind.CYTOPLASM))
    assert last_below < min(at for at, kind in enumerate(kinds) if kind.is_counted)
    assert {Kind.STRAND, Kind.CYTOPLASM, Kind.SPINDLE} <= set(kinds)


def test_interior_rises_from_the_outline_to_the_centre(phantoms: list[Phantom]) -> None:
    for phantom in phantoms:
        assert (phantom.interior[phantom.class_map == 0] == 0).all()
        assert phantom.interior.max() > 0.8


def test_positive_nuclei_are_browner_than_negative_ones(phantoms: list[Phantom]) -> None:
    browner = []
    for phantom in phantoms:
        excess = phantom.rgb[..., 0].astype(float) - phantom.rgb[..., 2]
        positive, negative = excess[phantom.class_map == 2], excess[phantom.class_map == 1]
        if len(positive) and len(negative):
            browner.append(positive.mean() > negative.mean())
    assert all(browner)
    assert len(browner) >= 6


def test_laboratories_differ_in_how_many_nuclei_are_positive(phantoms: list[Phantom]) -> None:
    shares = [(p.class_map == 2).sum() / max((p.class_map > 0).sum(), 1) for p in phantoms]
    assert max(shares) - min(shares) > 0.3


def test_the_command_writes_images_truth_and_a_contact_sheet(tmp_path: Path) -> None:
    options = [
        "--folder",
        str(tmp_path),
        "--count",
        "2",
        "--width-px",
        "96",
        "--height-px",
        "64",
        "--workers",
        "1",
    ]
    result = CliRunner().invoke(application(main), options)
    assert result.exit_code == 0, result.output
    assert {p.suffix for p in tmp_path.iterdir() if p.is_file()} == {".png", ".json", ".jpg"}
    points = json.loads(next(iter(tmp_path.glob("*.json"))).read_text())
    assert set(points[0]) == {"x", "y", "label_id"}


def test_the_command_runs_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.phantoms", "--folder", str(tmp_path), "--count", "3"]
    size = ["--width-px", "48", "--height-px", "32"]
    finished = subprocess.run(
        [*command, *size], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert len(list(tmp_path.glob("*.png"))) == 3
