"""What a POST carries: form and files in, a `Submission` out; and each file checked before it is taken.

An image is decoded here in full, so that a damaged one is refused at once and an accepted one has a size and
can lose its metadata; only a few at a time, as a large one takes some hundreds of MB while it is open.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from gateway.heavy import UPLOADING, HeavyWork
from gateway.labels import labels_of_form
from gateway.problems import BusyProblem, GatewayProblem, TooManyImagesProblem
from gateway.settings import Settings
from gateway.stripping import strip_metadata
from handler.errors import BusyError, ImageTooLargeError
from handler.image import Field, ImageLimits, decode_image
from handler.options import parse_options, parse_thresholds

_FILENAME_LIMIT = 255


class NoImagesProblem(GatewayProblem):
    status, code, title = 422, "no-images", "The request has no images"


@dataclass(frozen=True)
class Submission:
    """Images to score, and how: options given (numbers written anew), version if any, wait; labels."""

    images: tuple[FileStorage, ...]
    options: Mapping[str, str]
    model_version: str | None
    wait_seconds: float
    case_label: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedImage:
    """Bytes without metadata that decode to an image of this size; `upload_sha256` is of those received."""

    data: bytes
    sha256: str
    upload_sha256: str
    width_px: int
    height_px: int


def read_submission(
    form: Mapping[str, str],
    images: list[FileStorage],
    version: str | None,
    wait: float | None,
    limits: Settings,
) -> Submission:
    """Return what is asked for; raises InvalidOptionError, NoImagesProblem or TooManyImagesProblem."""
    options = _options(form)
    if not images:
        raise NoImagesProblem(
            "Send at least one file in the multipart field `images`.",
            errors=[{"pointer": "#/images", "detail": "missing"}],
        )
    if len(images) > limits.images_limit:
        raise TooManyImagesProblem(
            f"{len(images)} images were sent; at most {limits.images_limit} are taken."
        )
    chosen_wait = limits.wait_default_seconds if wait is None else min(wait, limits.wait_limit_seconds)
    labels = labels_of_form(form.get("case_label"), form.get("tags"))
    return Submission(
        tuple(images),
        options,
        version,
        chosen_wait,
        labels.case_label,
        tuple(labels.tags or ()),
    )


def _options(form: Mapping[str, str]) -> dict[str, str]:
    """Return the options given as plain numbers: they go into a header, where not every character may."""
    parsed, thresholds = parse_options(form), parse_thresholds(form)
    values = {
        "mpp": (parsed.mpp,),
        "objective": (parsed.objective,),
        "probability": (thresholds.probability,),
        "min_area_um2": (thresholds.min_area_um2,),
        "category_boundaries_percent": thresholds.category_boundaries_percent,
    }
    given = (name for name in values if form.get(name, "").strip())
    return {name: ",".join(map(str, values[name])) for name in given}


def check_image(upload: FileStorage, limit_bytes: int, heavy: HeavyWork) -> CheckedImage:
    """Read, decode and strip one file; raises the ProblemError that says what is wrong with it.

    Raises BusyProblem where too many others are being decoded or memory is short.
    """
    data = upload.stream.read(limit_bytes + 1)
    with heavy.slot(UPLOADING):
        field, kept = _opened(data, limit_bytes)
    if len(kept) > limit_bytes:
        raise ImageTooLargeError(
            f"The image takes {len(kept) / 2**20:.1f} MiB as PNG without its metadata and at most "
            f"{limit_bytes / 2**20:g} are accepted; send it as JPEG."
        )
    digest = hashlib.sha256(kept).hexdigest()
    return CheckedImage(kept, digest, field.sha256, field.width_px, field.height_px)


def _opened(data: bytes, limit_bytes: int) -> tuple[Field, bytes]:
    """Return the decoded image and its bytes without metadata; short memory is not the image's fault."""
    try:
        field = decode_image(data, ImageLimits(max_bytes=limit_bytes))
        return field, strip_metadata(data, field)
    except BusyError as error:
        raise BusyProblem(error.detail, retry_after_seconds=5) from error


def clean_filename(upload: FileStorage) -> str:
    """Return the file's name as it may be kept: no folders, no control characters, not too long."""
    name = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(mark for mark in name if unicodedata.category(mark)[0] != "C")
    return kept.strip()[-_FILENAME_LIMIT:] or "image"


def fingerprint(submission: Submission) -> str:
    """Return what tells two submissions apart: options, version, names and bytes of the images."""
    digest = hashlib.sha256()
    head: list[object] = [dict(sorted(submission.options.items())), submission.model_version]
    head += [submission.case_label, *submission.tags] if submission.case_label or submission.tags else []
    digest.update(json.dumps(head).encode())
    for image in submission.images:
        digest.update(json.dumps(image.filename).encode())
        digest.update(hashlib.file_digest(image.stream, "sha256").digest())  # type: ignore[arg-type]
        image.stream.seek(0)
    return digest.hexdigest()
