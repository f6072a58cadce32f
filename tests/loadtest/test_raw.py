"""The raw forward pass is measured with the real engine, and kept beside the run."""

from dataclasses import replace
from pathlib import Path

import pytest

from loadtest.analysis.cost import cost_per_thousand
from loadtest.analysis.raw_ratio import NoRatioError, capacity_ratio, raw_images_per_s
from loadtest.raw import append, measure_beside
from loadtest.reading import read_raw
from tests.loadtest.made_up import raw, step


def test_figures_are_added_to_those_before(tmp_path: Path) -> None:
    append(tmp_path, raw(10.0, "before"))
    append(tmp_path, raw(12.0, "after"))
    assert read_raw(tmp_path) == (raw(10.0, "before"), raw(12.0, "after"))


def test_the_network_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    measure_beside(tmp_path, "before", seconds=0.5)
    (found,) = read_raw(tmp_path)
    assert found.when == "before"
    assert found.engine.split()[0] in ("openvino", "torch")
    assert found.tiles_per_s > 0


def test_larger_images_are_fewer_a_second() -> None:
    """The median of 16, 18 and 20 tiles a second is 4.5 images of four; the capacity is one of crops."""
    larger = replace(step(), about=step().about.model_copy(update={"tiles_per_image": 4.0}))
    assert raw_images_per_s(step()) == 18
    assert raw_images_per_s(larger) == 4.5
    assert capacity_ratio(larger) == 9 / 16


def test_images_of_an_unknown_size_have_no_ratio() -> None:
    unknown = replace(step(), about=step().about.model_copy(update={"tiles_per_image": None}))
    with pytest.raises(NoRatioError, match="how large the images were"):
        raw_images_per_s(unknown)


def test_the_cost_of_a_thousand_images() -> None:
    """At 0.20 an hour and 10 images a second, 36,000 images cost 0.20."""
    assert cost_per_thousand(0.20, 10.0) == pytest.approx(0.20 / 36)
    with pytest.raises(ValueError, match="no cost"):
        cost_per_thousand(0.20, 0.0)
