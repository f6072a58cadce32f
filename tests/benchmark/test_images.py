import pytest

from benchmark.images import broken_files, decode, draw_crops, jpeg
from handler.errors import ProblemError
from handler.image import decode_image
from training.phantoms import draw_phantom

CROP = jpeg(draw_phantom(1, 256, 256).rgb)


def test_crops_are_one_tile_each_and_the_same_on_every_machine() -> None:
    crops = draw_crops()
    assert len(set(crops.files)) == len(crops.files) == 16
    assert {decode(file).shape for file in crops.files} == {(256, 256, 3)}
    assert crops.working_px == 256**2
    assert draw_crops() == crops


@pytest.mark.parametrize("name", broken_files(CROP))
def test_every_broken_file_is_refused_by_the_handler(name: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        decode_image(broken_files(CROP)[name])
    assert 400 <= refusal.value.status < 500
