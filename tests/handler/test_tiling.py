"""Tiles cover a field with little waste, and blending their planes gives the field back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.spec import SamplingSpec
from handler.tiling import SIDE_STEP_PX, Blender, TilePlan, plan_tiles

SAMPLING = SamplingSpec()


def blend_as_seen(rgb: NDArray[np.uint8], plan: TilePlan) -> NDArray[np.uint8]:
    """Blend the tiles themselves, as if the network answered with what it saw."""
    blender = Blender(plan, 3)
    for tile in plan.cut(rgb):
        blender.add(np.moveaxis(tile, 2, 0))
    assert blender.complete
    return blender.planes.transpose(1, 2, 0)


def planned(height: int, width: int) -> TilePlan:
    return plan_tiles(height, width, SAMPLING.tile_px, SAMPLING.overlap_px)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    most=st.sampled_from([32, 64, 96, 128]),
    share=st.sampled_from([0.0, 0.125, 0.25, 0.5]),
)
def test_blended_tiles_give_back_the_field(height: int, width: int, most: int, share: float) -> None:
    rgb = np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), np.uint8)
    plan = plan_tiles(height, width, most, int(most * share))
    assert np.array_equal(blend_as_seen(rgb, plan), rgb)


@settings(max_examples=200, deadline=None)
@given(height=st.integers(16, 4000), width=st.integers(16, 4000))
def test_tiles_cover_the_field_share_enough_and_have_sides_a_network_takes(height: int, width: int) -> None:
    plan = planned(height, width)
    for size, side, starts in (
        (height, plan.tile_height_px, plan.tops_px),
        (width, plan.tile_width_px, plan.lefts_px),
    ):
        assert side % SIDE_STEP_PX == 0
        assert side <= SAMPLING.tile_px
        assert starts[0] <= 0
        assert starts[-1] + side >= size
        assert all(before + side - after >= SAMPLING.overlap_px for before, after in pairwise(starts))


@settings(max_examples=200, deadline=None)
@given(height=st.integers(250, 5000), width=st.integers(250, 5000))
def test_less_than_a_quarter_of_the_computed_pixels_is_wasted(height: int, width: int) -> None:
    assert planned(height, width).wasted_share < 0.25


@pytest.mark.parametrize(("side", "tiles"), [(256, 1), (320, 1), (614, 1), (1024, 4), (1228, 4)])
def test_usual_fields_take_few_tiles(side: int, tiles: int) -> None:
    assert len(planned(side, side)) == tiles


@pytest.mark.parametrize(
    ("height", "width", "tiles", "shape"),
    [(1500, 2000, 12, (544, 544)), (1200, 1600, 6, (640, 576)), (3000, 4000, 35, (640, 608))],
)
def test_a_photo_is_cut_into_few_large_tiles_rather_than_many_that_save_a_little(
    height: int, width: int, tiles: int, shape: tuple[int, int]
) -> None:
    plan = planned(height, width)
    assert (len(plan), plan.tile_shape) == (tiles, shape)


def test_every_tile_has_the_same_size() -> None:
    plan = plan_tiles(70, 33, 64, 8)
    tiles = list(plan.cut(np.zeros((70, 33, 3), np.uint8)))
    assert {tile.shape for tile in tiles} == {(*plan.tile_shape, 3)}
    assert len(tiles) == len(plan)


def test_a_field_of_one_tile_is_cut_into_just_itself() -> None:
    rgb = np.arange(32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(32, 32, 3)
    (tile,) = plan_tiles(32, 32, 32, 8).cut(rgb)
    assert np.array_equal(tile, rgb)


def test_beyond_the_border_the_field_is_mirrored() -> None:
    rgb = np.arange(26, dtype=np.uint8).repeat(3).reshape(1, 26, 3).repeat(26, axis=0)
    (tile,) = plan_tiles(26, 26, 32, 4).cut(rgb)
    assert tile[0, :, 0].tolist() == [3, 2, 1, *range(26), 24, 23, 22]


def test_neighbouring_tiles_fade_into_each_other() -> None:
    plan = plan_tiles(32, 60, 32, 4)
    assert plan.lefts_px == (0, 28)
    blender = Blender(plan, 1)
    blender.add(np.zeros((1, 32, 32), np.uint8))
    blender.add(np.full((1, 32, 32), 255, np.uint8))
    assert blender.planes[0, 8, 27:33].tolist() == [0, 32, 96, 159, 223, 255]


@pytest.mark.parametrize("overlap", [-1, 17])
def test_an_overlap_that_does_not_fit_is_refused(overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_tiles(64, 64, 32, overlap)
