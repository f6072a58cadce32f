"""One request as TorchServe hands it over in, options and wanted media type out; one result in, a reply out.

Options come as headers (`X-Ki67-Min-Area-Um2: 8`) or as fields of a form (`min_area_um2=8`), which win. The
image is the body, or the file `image` (or `data`) of a form. A query never arrives: TorchServe drops it.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from handler.answer import FieldAnalysis, to_answer
from handler.errors import EmptyImageError, InvalidOptionError, NotAcceptableError, ProblemError
from handler.options import OPTION_NAMES, AnalysisOptions, parse_options
from handler.packing import pack_message
from handler.rendering import mask_png
from handler.spec import Thresholds

JSON, PNG, MSGPACK = "application/json", "image/png", "application/x-msgpack"
PROBLEM = "application/problem+json"
HEADER_PREFIX = "x-ki67-"
IMAGE_NAMES = ("body", "image", "data")
RETRY_AFTER_S = 5

SMALLEST_COMPRESSED = 16_384
"""Bytes; TorchServe reads a batch of answers from its start at each chunk, so that size costs it twice."""


@dataclass(frozen=True)
class Request:
    """What one caller sent: image bytes, options, the media type to answer in, whether gzip may be used."""

    image: bytes
    options: AnalysisOptions
    media_type: str
    gzip: bool


@dataclass(frozen=True)
class Reply:
    """What one caller gets."""

    status: int
    phrase: str
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def read_request(row: Mapping[str, Any], headers: Mapping[str, Any], defaults: Thresholds) -> Request:
    """Read one row of a batch; raises the ProblemError that its caller should get."""
    named = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    media_type = choose_media_type(named.get("accept", ""))
    options = parse_options(_options_of_headers(named) | _options_of_fields(row), defaults)
    encodings = [part.strip().lower() for part in named.get("accept-encoding", "").split(",")]
    return Request(_image_of(row), options, media_type, "gzip" in encodings)


def write_reply(analysis: FieldAnalysis, request: Request) -> Reply:
    """Write the analysis as its caller asked for it."""
    body = _WRITERS[request.media_type](analysis)
    if not request.gzip or request.media_type != JSON or len(body) < SMALLEST_COMPRESSED:
        return Reply(200, "OK", request.media_type, body)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept, Accept-Encoding"}
    return Reply(200, "OK", request.media_type, _gzip(body), headers)


def write_problem(problem: ProblemError) -> Reply:
    """Write a problem document (RFC 9457)."""
    body = json.dumps(problem.to_problem(), separators=(",", ":")).encode()
    headers = {"Retry-After": str(RETRY_AFTER_S)} if problem.status == 503 else {}
    return Reply(problem.status, problem.title, PROBLEM, body, headers)


def choose_media_type(accept: str) -> str:
    """Return the best of the three media types for an `Accept` header (RFC 9110, section 12.5.1).

    Raises NotAcceptableError where none will do.
    """
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    quality, chosen = max(
        ((_quality_of(offered, ranges), offered) for offered in _WRITERS), key=lambda pair: pair[0]
    )
    if quality <= 0.0:
        raise NotAcceptableError(f"Accept one of {', '.join(_WRITERS)}.")
    return chosen


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = (word.strip().lower() for word in part.split(";"))
    quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _quality_of(offered: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that covers a media type, 0 where none does."""
    qualities = dict(reversed(ranges))
    family = offered.partition("/")[0]
    return next((qualities[name] for name in (offered, f"{family}/*", "*/*") if name in qualities), 0.0)


def _options_of_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the options among the headers; raises InvalidOptionError for one there is not.

    A misspelt name that nobody notices is an image scored at another scale.
    """
    options = {
        name.removeprefix(HEADER_PREFIX).replace("-", "_"): value
        for name, value in headers.items()
        if name.startswith(HEADER_PREFIX)
    }
    if options.keys() - set(OPTION_NAMES):
        known = ", ".join(HEADER_PREFIX + name.replace("_", "-") for name in OPTION_NAMES)
        raise InvalidOptionError(f"A header {HEADER_PREFIX}* names no option; there are {known}.")
    return options


def _options_of_fields(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(name, row[name]) for name in OPTION_NAMES if name in row}


def _text(name: str, value: str | bytes | bytearray) -> str:
    try:
        return value if isinstance(value, str) else value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidOptionError(f"{name} is not UTF-8 text.") from error


def _image_of(row: Mapping[str, Any]) -> bytes:
    for name in IMAGE_NAMES:
        value = row.get(name, b"")
        if value:
            return value.encode() if isinstance(value, str) else bytes(value)
    raise EmptyImageError("Send the image as the body of the request.")


def _json(analysis: FieldAnalysis) -> bytes:
    return orjson.dumps(to_answer(analysis))


def _png(analysis: FieldAnalysis) -> bytes:
    return mask_png(analysis.decoded, analysis.image.width_px, analysis.image.height_px)


_WRITERS: dict[str, Callable[[FieldAnalysis], bytes]] = {JSON: _json, PNG: _png, MSGPACK: pack_message}
"""The last two are compressed already."""


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(body) + packer.flush()
