"""Annotated fields become the same samples at every run: masks, interior, crops, epochs, mixture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handler.spec import SamplingSpec
from tests.training.datasets.published import field, write_shidc
from training.annotated import FieldSource, MixedSource, epochs_to_steps, tinted
from training.datasets import read_dataset
from training.masks import paper_mask
from training.prepared import Masks, PreparedField, interior_of, planes_of, prepare
from training.samples import IGNORED, Sample

SAMPLING = SamplingSpec()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laboratory")
    for number in range(3):
        write_shidc(folder, f"p1_000{number}_1", field(20 + number, 192))
    return folder


@pytest.fixture(scope="module")
def prepared(folder: Path) -> tuple[PreparedField, ...]:
    fields = read_dataset(folder, "shidc")
    return tuple(prepare(fields, folder / "prepared", Masks.watershed, SAMPLING, mpp=0.5))


def same(a: Sample, b: Sample) -> bool:
    pairs = ((a.rgb, b.rgb), (a.classes, b.classes), (a.interior, b.interior))
    return all(np.array_equal(x, y) for x, y in pairs)


def test_the_interior_rises_from_each_outline_to_its_own_centre() -> None:
    instances = np.zeros((11, 20), np.int32)
    instances[1:10, 1:10], instances[1:10, 10:19] = 1, 2
    interior = interior_of(instances)
    assert interior[5, 5] == interior[5, 14] == 1.0
    assert interior[5, 9] == interior[5, 10] == pytest.approx(0.5 / 4.5, abs=0.05)
    assert not interior[instances == 0].any()


def test_a_photograph_is_brought_to_the_working_resolution_with_its_targets(folder: Path) -> None:
    shown = read_dataset(folder, "shidc")[0]
    whole = planes_of(shown.rgb(), shown.annotation(), Masks.watershed, SAMPLING, mpp=0.25)
    assert whole.rgb.shape == (96, 96, 3)
    assert set(np.unique(whole.classes)) <= {0, 1, 2, IGNORED}
    assert (whole.interior[(whole.classes == 1) | (whole.classes == 2)] > 0).all()
    assert not whole.interior[whole.classes == 0].any()


def test_the_papers_masks_are_its_own_at_256_pixels(folder: Path) -> None:
    shown = read_dataset(folder, "shidc")[0]
    sampling = replace(SAMPLING, whole_field_px=256)
    whole = planes_of(shown.rgb(), shown.annotation(), Masks.mcconnell2021, sampling, mpp=0.25)
    assert np.array_equal(whole.classes, paper_mask(shown.rgb(), shown.annotation()).classes)


def test_fields_are_prepared_once_and_their_files_have_no_names(
    folder: Path, prepared: tuple[PreparedField, ...]
) -> None:
    written = [item.path.stat().st_mtime_ns for item in prepared]
    again = prepare(read_dataset(folder, "shidc"), folder / "prepared", Masks.watershed, SAMPLING, mpp=0.5)
    assert [item.path.stat().st_mtime_ns for item in again] == written
    assert [item.path.name for item in prepared] == ["00000.npy", "00001.npy", "00002.npy"]


def test_a_sample_is_the_same_at_every_call_and_unlike_its_neighbours(
    prepared: tuple[PreparedField, ...],
) -> None:
    source, again = (FieldSource(prepared, 0, 64, augmented=True) for _ in range(2))
    assert same(source(7), again(7))
    assert not same(source(7), source(8))
    assert not same(source(7), FieldSource(prepared, 1, 64, augmented=True)(7))


def test_every_field_is_shown_once_an_epoch_whole_and_as_it_is(prepared: tuple[PreparedField, ...]) -> None:
    source = FieldSource(prepared, 0, 192, augmented=False)
    shown = [source(number) for number in range(3, 6)]
    whole = [item.window(0, 0, 192, 192) for item in prepared]
    assert [sum(same(one, each) for one in shown) for each in whole] == [1, 1, 1]


def test_beyond_a_small_field_nothing_is_learnt(prepared: tuple[PreparedField, ...]) -> None:
    sample = FieldSource(prepared, 0, 256, augmented=False)(0)
    assert sample.rgb.shape == (256, 256, 3)
    assert (sample.classes[192:] == IGNORED).all()
    assert (sample.classes[:, 192:] == IGNORED).all()


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.25, 5), (0.5, 10), (0.9, 18)])
def test_phantoms_have_their_share_and_no_field_is_left_out(share: float, expected: int) -> None:
    blank = Sample(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.float32))
    asked: dict[str, list[int]] = {"fields": [], "phantoms": []}

    def source(kind: str, number: int) -> Sample:
        asked[kind].append(number)
        return blank

    mixed = MixedSource(lambda k: source("fields", k), lambda k: source("phantoms", k), share)
    for number in range(20):
        mixed(number)
    assert asked["phantoms"] == list(range(expected))
    assert asked["fields"] == list(range(20 - expected))


def test_another_lamp_changes_colours_a_little_and_targets_not(prepared: tuple[PreparedField, ...]) -> None:
    sample = prepared[0].window(0, 0, 64, 64)
    changed = tinted(np.random.default_rng(3), sample)
    difference = np.abs(changed.rgb.astype(int) - sample.rgb)
    assert 0 < difference.mean() < 25
    assert changed.classes is sample.classes


def test_epochs_are_rounded_up_to_whole_batches() -> None:
    assert epochs_to_steps(10, range(21), 8) == 27
    assert epochs_to_steps(1, range(3), 8) == 1
