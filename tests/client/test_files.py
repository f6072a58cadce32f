"""What is named on the command line becomes chunks of files."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.files import chunks, find_images


def test_folders_give_their_images_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "deep/c.tiff", ".cache/d.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [str(path.relative_to(tmp_path)) for path in find_images([tmp_path])] == [
        "a.png",
        "b.JPG",
        "deep/c.tiff",
    ]


def test_a_file_that_is_named_is_sent_whatever_its_name(tmp_path: Path) -> None:
    odd = tmp_path / "field.bin"
    odd.touch()
    assert find_images([odd]) == [odd]


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.touch()
    assert find_images([image, tmp_path]) == [image]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(sizes=st.lists(st.integers(0, 40), max_size=20), most=st.integers(1, 5))
def test_chunks_keep_order_and_bounds(tmp_path: Path, sizes: list[int], most: int) -> None:
    files = [tmp_path / f"{index}.png" for index in range(len(sizes))]
    for file, size in zip(files, sizes, strict=True):
        file.write_bytes(bytes(size))
    made = list(chunks(files, most, most_bytes=50))
    assert [file for chunk in made for file in chunk] == files
    for chunk in made:
        assert 1 <= len(chunk) <= most
        assert len(chunk) == 1 or sum(file.stat().st_size for file in chunk) <= 50
