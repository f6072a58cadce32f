"""A run folder in, everything that was written down during the run out.

    run.json      what was run, on what, which phases, and what became of the uploads
    requests.csv  a line a request, and a line `result` an upload whose images were all scored
    samples.csv   a line a process and look at it
    metrics/      `T.gateway.prom`, `T.torchserve.prom`
    raw.json      the network alone

Times are seconds since the run began. A request begins when it was meant to be sent: its latency contains the
time that a late client kept it.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Outcome = Literal["ok", "documented", "wrong", "failed", "shed", "abandoned"]
"""Right; refused as documented; a wrong answer; none or an undocumented one; told to come back later (429 or
503 with `Retry-After`); given up by the client on purpose."""

Row = TypeVar("Row")


GATEWAY = "gateway"
"""The kind of target that keeps records, before TorchServe."""


class RunFolderError(Exception):
    """The folder holds no run that can be read; the message is a sentence that names file and place."""


class Phase(BaseModel):
    """A part of the run; `rate_per_s` is of intended visits."""

    model_config = ConfigDict(frozen=True)

    name: str
    start_s: float
    end_s: float
    rate_per_s: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


class Uploads(BaseModel):
    """Images that the service took, and the records found for them afterwards.

    `lost` have no finished record, `double` are records too many, `wrong` have other counts than when idle.
    """

    model_config = ConfigDict(frozen=True)

    accepted: int
    records: int
    lost: int
    double: int
    wrong: int = 0


class Target(BaseModel):
    """What was asked: the gateway, or TorchServe directly."""

    model_config = ConfigDict(frozen=True)

    kind: str
    url: str


class Description(BaseModel):
    """What run.json says; `tiles_per_image` are an image's pixels at the working resolution in 256 x 256."""

    model_config = ConfigDict(frozen=True)

    profile: str
    target: Target
    started_at: datetime
    ended_at: datetime
    seed: int | None = None
    machine: dict[str, Any] = {}
    phases: tuple[Phase, ...] = Field(min_length=1)
    model_version: str | None = None
    own_stack: bool = False
    uploads: Uploads | None = None
    capacity_images_per_s: float | None = None
    tiles_per_image: float | None = Field(default=None, gt=0)


class RawForward(BaseModel):
    """The network alone, at one moment of the run: tiles of 256 x 256 a second with all lanes busy."""

    model_config = ConfigDict(frozen=True)

    when: str
    engine: str
    tiles_per_s: float
    seconds: float


@dataclass(frozen=True)
class Request:
    """One line; `images` is how many right results the answer brought, 0 where they were still queued."""

    start_s: float
    user: str
    endpoint: str
    status: int
    outcome: Outcome
    latency_s: float
    service_s: float
    images: int

    @property
    def end_s(self) -> float:
        """When its answer was there."""
        return self.start_s + self.latency_s


@dataclass(frozen=True)
class Sample:
    """One process at one moment; `cpu_s` is the processor time that it has taken since it began."""

    t_s: float
    process: str
    rss_bytes: int
    cpu_s: float


@dataclass(frozen=True)
class Scrape:
    """A metrics page of `service` ("gateway", "torchserve") at one moment."""

    t_s: float
    service: str
    text: str


@dataclass(frozen=True)
class RunFolder:
    """All of a run."""

    about: Description
    requests: tuple[Request, ...]
    samples: tuple[Sample, ...] = ()
    scrapes: tuple[Scrape, ...] = ()
    raw: tuple[RawForward, ...] = ()


def read_run(folder: Path) -> RunFolder:
    """Read a run folder; only samples, metrics and the raw forward may be missing. Raises RunFolderError."""
    return RunFolder(
        _description(folder / "run.json"),
        _rows(folder / "requests.csv", _request),
        _rows(folder / "samples.csv", _sample) if (folder / "samples.csv").exists() else (),
        tuple(sorted(_scrapes(folder / "metrics"), key=lambda scrape: scrape.t_s)),
        read_raw(folder),
    )


def read_raw(folder: Path) -> tuple[RawForward, ...]:
    """Return what was measured of the raw forward; raises RunFolderError where raw.json is something else."""
    path = folder / "raw.json"
    if not path.exists():
        return ()
    try:
        return TypeAdapter(tuple[RawForward, ...]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunFolderError(f"{path}: {first_of(error)}") from error


def first_of(error: ValidationError) -> str:
    """Say where the first mistake is and what it is, such as `smoke.error_ratio: Input should be ...`."""
    found = error.errors()[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"


def _description(path: Path) -> Description:
    try:
        return Description.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise RunFolderError(f"{path}: {first_of(error)}") from error
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from error


def _rows(path: Path, convert: Callable[[dict[str, str]], Row]) -> tuple[Row, ...]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_converted(path, number, row, convert) for number, row in _numbered(file))
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from error


def _numbered(file: Any) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    for row in reader:
        yield reader.line_num, row


def _converted(path: Path, line: int, row: dict[str, str], convert: Callable[[dict[str, str]], Row]) -> Row:
    try:
        return convert(row)
    except (KeyError, ValueError, TypeError) as error:
        raise RunFolderError(f"{path}, line {line}: {error!r}") from error


def _request(row: dict[str, str]) -> Request:
    return Request(
        float(row["start_s"]),
        row["user"],
        row["endpoint"],
        int(row["status"] or 0),
        _outcome(row["outcome"]),
        float(row["latency_s"]),
        float(row["service_s"]),
        int(row["images"]),
    )


def _outcome(text: str) -> Outcome:
    for known in get_args(Outcome):
        if text == known:
            return text  # type: ignore[return-value]
    raise ValueError(f"no outcome is called {text!r}")


def _sample(row: dict[str, str]) -> Sample:
    return Sample(float(row["t_s"]), row["process"], int(row["rss_bytes"]), float(row["cpu_s"]))


def _scrapes(folder: Path) -> Iterator[Scrape]:
    for path in folder.glob("*.prom"):
        moment, _, service = path.stem.rpartition(".")
        try:
            yield Scrape(float(moment), service, path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunFolderError(f"{path} does not begin with the seconds of its moment") from error
