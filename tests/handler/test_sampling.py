"""How large a field may be on the slide: what a phone takes at 40x fits, and no upload takes hours."""

import pytest

from handler.errors import ImageTooLargeError
from handler.sampling import working_size
from handler.scale import Scale
from handler.spec import SamplingSpec

SAMPLING = SamplingSpec()


def size_at(width_px: int, height_px: int, mpp: float) -> tuple[int, int]:
    return working_size(width_px, height_px, Scale(mpp, "request"), SAMPLING)


@pytest.mark.parametrize(
    ("width_px", "height_px", "mpp"),
    [(4080, 3072, 0.25), (8064, 6048, 0.25), (8000, 8000, 0.25), (4080, 3072, 0.5), (16, 20_000, 0.5)],
)
def test_photographs_of_a_field_are_scored(width_px: int, height_px: int, mpp: float) -> None:
    factor = mpp / 0.5
    assert size_at(width_px, height_px, mpp) == (width_px * factor, height_px * factor)


@pytest.mark.parametrize(
    ("width_px", "height_px", "mpp"),
    [(800, 800, 5.0), (8000, 8000, 0.5), (20_000, 16, 5.0), (16, 20_001, 0.5)],
    ids=["mistyped scale", "64 megapixels at 20x", "strip", "one pixel too long"],
)
def test_what_would_take_hours_is_refused_with_advice(width_px: int, height_px: int, mpp: float) -> None:
    with pytest.raises(
        ImageTooLargeError, match=r"at most 4 mm² and 10 mm a side .* mpp or objective"
    ) as caught:
        size_at(width_px, height_px, mpp)
    assert caught.value.status == 413
    assert f"At {mpp:g} µm per pixel the image shows" in caught.value.detail
