"""What versions warm up with."""

import cv2
import numpy as np

from handler.example import SIDE_PX, draw_example, example_png


def test_the_example_is_a_field_of_real_size_with_blue_and_brown_always_the_same() -> None:
    drawn = draw_example()
    assert drawn.shape == (SIDE_PX, SIDE_PX, 3)
    assert np.array_equal(drawn, draw_example())
    red, blue = drawn[..., 0].astype(int), drawn[..., 2].astype(int)
    assert (red - blue > 40).mean() > 0.02
    assert (blue - red > 40).mean() > 0.05


def test_the_png_holds_the_same_pixels() -> None:
    decoded = cv2.imdecode(np.frombuffer(example_png(), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.array_equal(decoded[..., ::-1], draw_example())
