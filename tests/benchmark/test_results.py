"""What is told of a run, from a made-up one."""

import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmark.figures import MS
from benchmark.goals import GOALS
from benchmark.places import configuration, version_folder
from benchmark.results.markdown import as_markdown
from benchmark.results.picture import draw
from benchmark.results.run import read_run, write_run
from benchmark.results.terminal import goals_table
from benchmark.sections.sweep import grid, shipped
from model_store import DEFAULT_VERSION
from tests.benchmark.made_up import MACHINE, made_up_run


def row_of(text: str, beginning: str) -> str:
    return next(line for line in text.splitlines() if beginning in line)


def test_the_table_says_target_figure_and_whether_it_is_met() -> None:
    target = io.StringIO()
    Console(width=200, file=target).print(goals_table(made_up_run()))
    text = target.getvalue()
    served = row_of(text, "TorchServe, 32 clients")
    assert "at least 0.9" in served
    assert "0.94 (0.92 to 0.96)" in served
    assert "not met" not in served
    assert "not met" in row_of(text, "48 megapixels")
    assert "not measured" in row_of(text, "int8")


def test_the_document_tells_every_goal_the_machine_and_the_engines() -> None:
    text = as_markdown(made_up_run())
    assert all(goal.title in text for goal in GOALS)
    assert "Made-up CPU, 2 cores (avx512_bf16)" in text
    assert "| openvino bf16 | 20.0 (20.0 to 20.0) | 3.00 |" in text
    assert "| memory that an image of 48 megapixels adds | at most 600 MB | 900 MB | not met |" in text
    assert "Not swept in this run" in text
    assert "No GPU was measured" in text


def test_the_sweep_is_told_as_a_table_with_its_best_point() -> None:
    run = made_up_run()
    for size, speed in ((4, 17.0), (8, 19.0)):
        name = f"sweep.batch {size}, delay 3 ms, 2 workers, all threads"
        run.figures.add(f"{name}.32", "images/s", speed)
        run.figures.add(f"{name}.1.median", MS, 60.0)
        run.figures.add(f"{name}.fields", "images/s", speed / 10 + 1.3)
    text = as_markdown(run)
    assert "| 8 | 3 | 2 | all | 19.0 | 3.20 | 60.0 |" in text
    assert "Fastest with crops: batch 8, delay 3 ms, 2 workers, all threads, 19.0 images/s." in text
    assert "Shipped: batch 8, delay 3 ms, 2 workers, all threads, number 1 of 2" in text


def test_what_could_not_be_measured_is_told() -> None:
    run = made_up_run()
    run.figures.failures["memory"] = "the server died"
    assert "Not measured: memory: the server died" in as_markdown(run)


def test_a_run_survives_the_way_through_json(tmp_path: Path) -> None:
    run, file = made_up_run(), tmp_path / "new" / "run.json"
    write_run(run, file)
    assert read_run(file) == run
    document = json.loads(file.read_text())
    assert document["figures"]["torchserve.crops.32"]["rounds"] == [19.2, 18.4]
    assert {goal["verdict"] for goal in document["goals"]} == {"met", "not met", "not measured"}


def test_another_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"figures": 3}')
    with pytest.raises(ValueError, match="was not written by"):
        read_run(tmp_path / "other.json")


def test_an_earlier_run_fills_in_what_is_missing_and_nothing_else() -> None:
    run, earlier = made_up_run(), made_up_run()
    earlier.figures.add("start.warm", "s", 99.0)
    earlier.figures.add("gpu.handler", "images/s", 400.0)
    run.filled_up(earlier)
    assert run.figures.figures["start.warm"].rounds == (9.0,)
    assert run.figures.figures["gpu.handler"].rounds == (400.0,)
    assert any("gpu" in note and "2026-11-25" in note for note in run.figures.notes)


def test_the_shipped_settings_are_a_point_of_the_sweep() -> None:
    assert shipped(version_folder(DEFAULT_VERSION)) in grid()


@pytest.mark.parametrize(
    "other",
    [{"configuration": "f" * 64}, {"served": "torch fp32"}, {"machine": replace(MACHINE, cores=64)}],
    ids=lambda other: next(iter(other)),
)
def test_a_run_of_something_else_fills_in_nothing(other: dict[str, Any]) -> None:
    run, earlier = made_up_run(), replace(made_up_run(), **other)
    earlier.figures.add("gpu.handler", "images/s", 400.0)
    with pytest.raises(ValueError, match=f"another {next(iter(other)).replace('served', 'engine')}"):
        run.filled_up(earlier)
    assert "gpu.handler" not in run.figures.figures


def test_a_changed_setting_is_another_configuration(tmp_path: Path) -> None:
    for name in ("model-config.yaml", "spec.json", "weights.safetensors"):
        (tmp_path / name).write_text("as shipped")
    before = configuration(tmp_path)
    assert configuration(tmp_path) == before
    (tmp_path / "model-config.yaml").write_text("another batch size")
    assert configuration(tmp_path) != before


def test_the_picture_is_drawn_whatever_was_measured() -> None:
    run = made_up_run()
    for picture in (draw(run), draw(made_up_run())):
        width, height = struct.unpack(">II", picture[16:24])
        assert picture.startswith(b"\x89PNG")
        assert width > height > 300
