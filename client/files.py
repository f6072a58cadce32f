"""From what a person names on the command line to chunks of image files that fit in one POST."""

from collections.abc import Iterator, Sequence
from pathlib import Path

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})
CHUNK_FILES = 8
CHUNK_BYTES = 96 * 1024 * 1024


def find_images(paths: Sequence[Path]) -> list[Path]:
    """Return named files as they are, and of folders every image below them, in order of name."""
    found = [file for path in paths for file in (_images_below(path) if path.is_dir() else [path])]
    return list(dict.fromkeys(found))


def chunks(
    files: Sequence[Path], most: int = CHUNK_FILES, most_bytes: int = CHUNK_BYTES
) -> Iterator[list[Path]]:
    """Yield the files in order, a few at a time: at most `most`, and `most_bytes` unless it is one file."""
    chunk: list[Path] = []
    size = 0
    for file in files:
        file_size = _size_of(file)
        if chunk and (len(chunk) == most or size + file_size > most_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file_size
    if chunk:
        yield chunk


def _images_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_hidden(path.relative_to(folder))
    )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _size_of(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
