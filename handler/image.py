"""Image bytes as received in, a `Field` out: 8-bit RGB the right way up, without any metadata.

    bytes -> format by magic -> size by header -> pixels -> 8-bit RGB -> EXIF orientation -> Field

The size is checked before any pixel memory is allocated. Of the metadata only the orientation and a
plausible scale are read; names, places and times that a phone wrote stay behind (patient privacy).
"""

import hashlib
import io
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from handler.errors import (
    BusyError,
    EmptyImageError,
    ImageTooLargeError,
    ProblemError,
    UnreadableImageError,
    UnsupportedImageError,
)
from handler.file_scale import file_mpp
from handler.image_header import declared_size, sniff_format
from handler.jpeg import check_scans, decode_jpeg

# The plug-ins themselves, not Image.open: that would guess formats and has a size limit of its own.
_READERS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}

_FLIP_ROWS, _FLIP_COLUMNS, _FLIP_BOTH = 0, 1, -1
_FLIPS = {2: _FLIP_COLUMNS, 3: _FLIP_BOTH, 4: _FLIP_ROWS, 6: _FLIP_COLUMNS, 7: _FLIP_BOTH, 8: _FLIP_ROWS}

_PHOTOMETRIC, _TILE_WIDTH, _TILE_LENGTH = 262, 322, 323
_WHITE_IS_ZERO = 0
_LARGEST_TILE_OF_ANY_PX = 1024

_STRIP_ROWS = 128

# Pillow's default refuses a PNG for 1 MB of metadata, which some microscopes write; all of it stays bounded.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

_warnings_lock = threading.Lock()


@dataclass(frozen=True)
class ImageLimits:
    """What an image may measure at most; larger ones are refused before decoding."""

    max_bytes: int = 64 * 2**20
    max_pixels: int = 64_000_000
    max_side_px: int = 20_000


@dataclass(frozen=True)
class Field:
    """One field of view as uploaded: `rgb` (height, width, 3) uint8, EXIF orientation applied.

    `file_mpp` is the file's own scale in microns per pixel where it states a plausible one; `sha256`
    (hex) is of the bytes as received; `orientation` (1 to 8) is the EXIF one that was undone,
    1 for a TIFF.
    """

    rgb: NDArray[np.uint8]
    file_mpp: float | None
    sha256: str
    orientation: int = 1

    @property
    def width_px(self) -> int:
        """Width after orientation."""
        return int(self.rgb.shape[1])

    @property
    def height_px(self) -> int:
        """Height after orientation."""
        return int(self.rgb.shape[0])


def decode_image(data: bytes, limits: ImageLimits | None = None) -> Field:
    """Decode JPEG, PNG, TIFF or WebP (first page or frame) to a field.

    Raises EmptyImageError, UnsupportedImageError (415), ImageTooLargeError (413), UnreadableImageError, or
    BusyError where memory is short just now.
    """
    allowed = limits or ImageLimits()
    name = _format_of(data, allowed)
    try:
        rgb, orientation, file_mpp = _read(data, name, allowed)
    except ProblemError:
        raise
    except MemoryError as error:
        raise _out_of_memory() from error
    except Exception as error:  # damaged bytes make decoders raise nearly anything
        raise (_out_of_memory() if _is_opencvs_lack_of_memory(error) else _damaged(name)) from error
    return Field(_upright(rgb, orientation), file_mpp, hashlib.sha256(data).hexdigest(), orientation)


def _format_of(data: bytes, limits: ImageLimits) -> str:
    if not data:
        raise EmptyImageError("The file has no bytes; it may not have been uploaded completely.")
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {len(data) / 2**20:.1f} MiB; at most {limits.max_bytes / 2**20:g} are accepted."
        )
    name = sniff_format(data)
    if name not in _READERS:
        found = f"This is a {name} file" if name else "The file is not an image that this service knows"
        raise UnsupportedImageError(f"{found}; send JPEG, PNG, TIFF or WebP.")
    return name


def _read(data: bytes, name: str, limits: ImageLimits) -> tuple[NDArray[np.uint8], int, float | None]:
    size = declared_size(data, name)
    if size is not None:
        _check_size(*size, limits)
    with _quiet():
        image = _READERS[name](io.BytesIO(data))
        _check_size(*image.size, limits)
        _check_tiles(image, limits)
        mpp = file_mpp(image)
    if name == "JPEG":
        check_scans(data)
    if _is_plain_jpeg(image):
        rgb = decode_jpeg(data, progressive="progressive" in image.info)
    elif _is_still_webp(image):
        rgb = _decode_webp(data)
    else:
        rgb = _to_rgb(image)
    with _quiet():
        # Pillow turns TIFFs itself while decoding and forgets the tag, hence the order.
        orientation = _orientation(image)
    return rgb, orientation, mpp


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's remarks on odd metadata to itself; the lock because filters are the process's.

    Not held while pixels are decoded: one large image would keep all others waiting.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check_size(width_px: int, height_px: int, limits: ImageLimits) -> None:
    if min(width_px, height_px) < 1:
        raise UnreadableImageError("The image's header says that it has no pixels.")
    if max(width_px, height_px) > limits.max_side_px or width_px * height_px > limits.max_pixels:
        raise ImageTooLargeError(
            f"The image has {width_px} x {height_px} pixels; at most {limits.max_pixels / 1e6:g} million "
            f"and {limits.max_side_px} a side are accepted. Send a field of view, not a whole slide."
        )


def _check_tiles(image: ImageFile, limits: ImageLimits) -> None:
    """Refuse a TIFF whose tiles take far more memory than its pixels: a whole tile is decoded at once."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    width, length = (int(image.tag_v2.get(tag, 1)) for tag in (_TILE_WIDTH, _TILE_LENGTH))
    _check_size(width, length, limits)
    widest, longest = (max(2 * side, _LARGEST_TILE_OF_ANY_PX) for side in image.size)
    if width > widest or length > longest:
        raise UnreadableImageError("The TIFF's tiles are far larger than its image; save it without tiles.")


def _out_of_memory() -> BusyError:
    return BusyError("The service is short of memory just now; send the image again in a while.")


def _is_opencvs_lack_of_memory(error: Exception) -> bool:
    return isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem


def _damaged(name: str) -> UnreadableImageError:
    return UnreadableImageError(f"The {name} file is damaged or incomplete; send it again.")


def _is_plain_jpeg(image: ImageFile) -> bool:
    return isinstance(image, JpegImagePlugin.JpegImageFile) and image.mode in ("RGB", "L")


def _is_still_webp(image: ImageFile) -> bool:
    return isinstance(image, WebPImagePlugin.WebPImageFile) and not image.is_animated


def _decode_webp(data: bytes) -> NDArray[np.uint8]:
    """Decode with OpenCV: the same pixels, where Pillow keeps five copies of a picture meanwhile."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("a WebP that lacks pixels")
    height, width, channels = pixels.shape
    if channels == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels).astype(np.uint8, copy=False)
    rgba = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA, dst=pixels).astype(np.uint8, copy=False)
    return _in_strips((width, height), lambda top, bottom: _strip_to_rgb(Image.fromarray(rgba[top:bottom])))


def _to_rgb(image: ImageFile) -> NDArray[np.uint8]:
    """Decode with Pillow."""
    image.load()
    if image.mode in ("I", "F"):
        raise UnreadableImageError("Images of 32 bits a channel are not read; save with 8 or 16 bits.")
    inverted = _is_white_zero(image)

    def strip(top: int, bottom: int) -> NDArray[np.uint8]:
        return _strip_to_rgb(image.crop((0, top, image.width, bottom)), inverted=inverted)

    return _in_strips(image.size, strip)


def _in_strips(size_px: tuple[int, int], strip: Callable[[int, int], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Put an image of this width and height together from top to bottom; a copy of a photo is 200 MB."""
    width, height = size_px
    rgb = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        rgb[top:bottom] = strip(top, bottom)
    return rgb


def _strip_to_rgb(strip: Image.Image, *, inverted: bool = False) -> NDArray[np.uint8]:
    if strip.mode.startswith("I;16"):
        return _grey_16_to_rgb(np.asarray(strip), inverted=inverted)
    if not strip.has_transparency_data:
        return np.asarray(strip.convert("RGB"))
    on_white = Image.new("RGBA", strip.size, "white")
    on_white.alpha_composite(strip.convert("RGBA"))
    return np.asarray(on_white.convert("RGB"))


def _is_white_zero(image: ImageFile) -> bool:
    """Tell whether a TIFF's zero is white; Pillow minds it at 8 bits, but not at 16."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    return bool(image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)


def _grey_16_to_rgb(grey: NDArray[np.uint16], *, inverted: bool) -> NDArray[np.uint8]:
    grey_8 = ((grey.astype(np.uint32) + 128) // 257).astype(np.uint8)
    grey_8 = 255 - grey_8 if inverted else grey_8
    return cv2.cvtColor(grey_8, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def _orientation(image: ImageFile) -> int:
    """Return the EXIF orientation 1..8; unreadable EXIF data is not a reason to refuse an image."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation: 5 to 8 swap rows and columns, then rows or columns may run backwards."""
    turned = cv2.transpose(rgb) if orientation >= 5 else rgb
    flip = _FLIPS.get(orientation)
    return (turned if flip is None else cv2.flip(turned, flip)).astype(np.uint8, copy=False)
