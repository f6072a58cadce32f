"""Tiles cover a field, and blending their outputs gives the field back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.tiling import Blender, TilePlan, plan_tiles


def blend_as_seen(rgb: NDArray[np.uint8], plan: TilePlan) -> NDArray[np.uint8]:
    """Blend the tiles themselves, as if the network answered with what it saw."""
    blender = Blender(plan, 3)
    for tile in plan.cut(rgb):
        blender.add(tile.astype(np.float32) / np.float32(255))
    assert blender.complete
    return blender.planes.transpose(1, 2, 0)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 200),
    width=st.integers(1, 200),
    tile=st.sampled_from([16, 32, 48]),
    share=st.sampled_from([0.0, 0.125, 0.25, 0.5]),
)
def test_blended_tiles_give_back_the_field(height: int, width: int, tile: int, share: float) -> None:
    rgb = np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), np.uint8)
    plan = plan_tiles(height, width, tile, int(tile * share))
    assert np.array_equal(blend_as_seen(rgb, plan), rgb)


def test_every_tile_has_the_same_size() -> None:
    plan = plan_tiles(70, 33, 32, 8)
    tiles = list(plan.cut(np.zeros((70, 33, 3), np.uint8)))
    assert {tile.shape for tile in tiles} == {(32, 32, 3)}
    assert len(tiles) == len(plan)


def test_a_field_of_one_tile_is_cut_into_just_itself() -> None:
    rgb = np.arange(32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(32, 32, 3)
    (tile,) = plan_tiles(32, 32, 32, 8).cut(rgb)
    assert np.array_equal(tile, rgb)


def test_a_12_megapixel_photo_at_working_resolution_takes_63_tiles() -> None:
    assert len(plan_tiles(1536, 2040, 256, 32)) == 63


def test_beyond_the_border_the_field_is_mirrored() -> None:
    rgb = np.arange(10, dtype=np.uint8).repeat(3).reshape(1, 10, 3).repeat(10, axis=0)
    (tile,) = plan_tiles(10, 10, 16, 4).cut(rgb)
    assert tile[0, :, 0].tolist() == [3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6]


def test_neighbouring_tiles_fade_into_each_other() -> None:
    plan = plan_tiles(16, 28, 16, 4)
    blender = Blender(plan, 1)
    blender.add(np.zeros((16, 16, 1), np.float32))
    blender.add(np.ones((16, 16, 1), np.float32))
    assert blender.planes[0, 8, 11:17].tolist() == [0, 32, 96, 159, 223, 255]


@pytest.mark.parametrize("overlap", [-1, 17])
def test_an_overlap_that_does_not_fit_is_refused(overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_tiles(64, 64, 32, overlap)
