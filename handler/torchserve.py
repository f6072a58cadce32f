"""TorchServe's entry: a batch of requests in, a batch of replies out; the only module that knows TorchServe.

Flow: rows and headers -> `exchange.read_request` -> `Analyser` -> `exchange.write_reply` -> bytes, with
status, media type and headers of each set on the context. An exception here would fail the whole batch, so
everything that can go wrong with one request becomes that request's reply. How long the stages took goes to
TorchServe's metrics.
"""

import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, Self, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.answer import EngineIdentity, FieldAnalysis, ModelIdentity
from handler.attempts import attempt
from handler.engines.choice import choose_engine
from handler.engines.interface import Engine, EngineName, EngineSettings, Precision
from handler.errors import ProblemError
from handler.example import example_png
from handler.exchange import Reply, Request, read_request, write_problem, write_reply
from handler.in_flight import FOLDER, InFlight
from handler.measures import Measures, is_late, waited_s
from handler.memory import available_bytes, resident_bytes
from handler.options import AnalysisOptions
from handler.pipeline import DEFAULT_MOST_PX, DEFAULT_MOST_S
from handler.spec import ModelSpec
from handler.tiling import SIDE_STEP_PX
from handler.timing import Stopwatch, TimedAnalyser, TimedEngine

logger = logging.getLogger(__name__)

WARM_SIDES_PX = (256, 640)
"""Tiles of the usual crop, and of a field of 1228 x 1228 pixels at an objective of 40."""
WARM_TILES_PX = tuple((side_px, side_px) for side_px in WARM_SIDES_PX)
EXAMPLE_MPP = 0.25

ID_HEADERS = {"request_id": "x-request-id", "analysis_id": "x-correlation-id", "trace": "traceparent"}
CORRELATION = "analysis_id"
ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class TooLateError(ProblemError):
    status, code, title = 504, "deadline-exceeded", "The time for this request is over"


class ServerContext(Protocol):
    """What is used of `ts.context.Context`."""

    system_properties: Mapping[str, Any]
    model_yaml_config: Mapping[str, Any] | None
    metrics: Any

    def get_request_header(self, idx: int, key: str) -> str | None:
        """Return one header of a request; the key's case matters."""

    def get_all_request_header(self, idx: int) -> Mapping[str, Any]:
        """Return all headers of a request."""

    def set_response_status(self, code: int, phrase: str, idx: int) -> None:
        """Set status and phrase of one reply; ASCII only."""

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Set the media type of one reply."""

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        """Set a header of one reply."""


@dataclass(frozen=True)
class HandlerSettings:
    """The part `handler` of model-config.yaml, whose keys are these names in camelCase."""

    engine: EngineName = "auto"
    precision: Precision | None = None
    threads: int | None = None
    gpu_batch_tiles: int = 32
    most_megapixels: float = DEFAULT_MOST_PX / 1e6
    most_seconds: float = DEFAULT_MOST_S
    stage_threads: int | None = None
    warm_tiles_px: Sequence[Sequence[int]] = WARM_TILES_PX

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read the settings; raises ValueError that names an unknown key or value."""
        known = {_camel_case(entry.name): entry.name for entry in fields(cls)}
        unknown = sorted(config.keys() - known.keys())
        if unknown:
            raise ValueError(f"model-config.yaml has unknown keys under handler: {', '.join(unknown)}")
        for key, allowed in (("engine", get_args(EngineName)), ("precision", get_args(Precision))):
            if config.get(key) not in (None, *allowed):
                raise ValueError(f"handler.{key} in model-config.yaml is none of {', '.join(allowed)}")
        if not all(_is_tile(tile) for tile in config.get("warmTilesPx", ())):
            raise ValueError(
                f"handler.warmTilesPx in model-config.yaml is no list of pairs, multiples of {SIDE_STEP_PX}"
            )
        settings = cls(**{known[key]: value for key, value in config.items()})
        _ = settings.of_engine  # raises where two wishes do not go together
        return settings

    @property
    def of_engine(self) -> EngineSettings:
        """Settings of the engine among these."""
        return EngineSettings(self.engine, self.precision, self.threads, self.gpu_batch_tiles)


class Ki67Handler:
    """Scores images for TorchServe; made and initialised once a worker process."""

    def initialize(self, context: ServerContext) -> None:
        """Load the version in the archive and run it once, so that the first caller does not wait."""
        started = time.monotonic()
        folder = Path(context.system_properties["model_dir"])
        settings = HandlerSettings.from_config((context.model_yaml_config or {}).get("handler", {}))
        self._identity = json.loads((folder / "identity.json").read_text(encoding="utf-8"))
        self._spec = ModelSpec.from_file(folder / "spec.json")
        self._in_flight = InFlight(folder.parent / FOLDER, self._spec.version)
        self._measures = Measures(context.metrics, self._spec.name, self._spec.version)
        gpu = context.system_properties.get("gpu_id")
        cv2.setNumThreads(1)  # the stages already run side by side
        self._stopwatch = Stopwatch()
        chosen = choose_engine(self._spec, folder / "weights.safetensors", settings.of_engine, gpu)
        engine = TimedEngine(chosen, self._stopwatch)
        self._engine = EngineIdentity(engine.name, engine.precision, engine.device)
        model = ModelIdentity(self._spec.name, self._spec.version, self._identity["weights_sha256"])
        self._analyser = TimedAnalyser(
            self._stopwatch,
            self._spec,
            engine,
            model,
            round(settings.most_megapixels * 1e6),
            most_s=settings.most_seconds,
            stage_threads=settings.stage_threads,
        )
        self._example = self._warm_up(engine, settings.warm_tiles_px)
        self._stopwatch.take()
        self._start_s = round(time.monotonic() - started, 2)
        logger.info("ready after %.1f s", self._start_s)

    def handle(self, data: Sequence[Mapping[str, Any]], context: ServerContext) -> list[bytes]:
        """Answer a batch, one body a row in the same order."""
        if len(data) == 1 and context.get_request_header(0, "describe") == "True":  # TorchServe asks alone
            return [json.dumps(self.describe_handle()).encode()]
        with self._in_flight.held():
            return self._answer(
                data, [context.get_all_request_header(index) for index in range(len(data))], context
            )

    def describe_handle(self) -> dict[str, Any]:
        """Tell which version this is, down to its weights and code, what runs it, and how it warmed up.

        `busy_workers`: how many others of this version are answering. Memory in bytes.
        """
        return {
            **self._identity,
            "engine": asdict(self._engine),
            "spec": asdict(self._spec),
            "start_seconds": self._start_s,
            "example": self._example,
            "memory": {"resident_bytes": resident_bytes(), "available_bytes": available_bytes()},
            "busy_workers": self._in_flight.others(),
        }

    def _answer(
        self, data: Sequence[Mapping[str, Any]], headers: Sequence[Mapping[str, Any]], context: ServerContext
    ) -> list[bytes]:
        waits = [wait for each in headers if (wait := waited_s(each)) is not None]
        self._measures.tell_batch(waits, len(data))
        requests = [attempt(self._read, *request) for request in zip(data, headers, strict=True)]
        replies = self._score(requests)
        self._measures.tell_stages(self._stopwatch.take())
        for index, reply in enumerate(replies):
            _set_head(context, index, reply, headers[index])
            logger.info("answered %d%s", reply.status, _ids(headers[index]))
        return [reply.body for reply in replies]

    def _read(self, row: Mapping[str, Any], headers: Mapping[str, Any]) -> Request:
        if is_late(headers):
            raise TooLateError("The request waited until its deadline was over; it was not scored.")
        return read_request(row, headers, self._spec.thresholds)

    def _score(self, requests: Sequence[Request | ProblemError]) -> list[Reply]:
        readable = [request for request in requests if isinstance(request, Request)]
        items = [(request.image, request.options) for request in readable]
        replies = iter(self._analyser.answer(items, lambda index, done: write_reply(done, readable[index])))
        return [_reply(next(replies) if isinstance(request, Request) else request) for request in requests]

    def _warm_up(self, engine: Engine, tiles_px: Sequence[Sequence[int]]) -> dict[str, Any]:
        """Let the first of everybody's requests find the engine warm; return what a drawn field is scored.

        Batches have to be known before the field's tile is in one. A lane that takes a tile at a time is warm
        for those of its size once it has computed the field. Raises RuntimeError as `_score_example` does.
        """
        batched = [tile for tile in tiles_px if engine.batch_tiles(*tile) > 1]
        for tile in batched:
            engine.warm_up(*tile)
        example = self._score_example(engine.lanes)
        for tile in tiles_px:
            if tile not in batched:
                engine.warm_up(*tile)
        return example

    def _score_example(self, lanes: int) -> dict[str, Any]:
        """Score a drawn field on each lane at the same time, which takes them no longer than one.

        Raises RuntimeError, and so the worker never serves, where that tells nothing.
        """
        started = time.monotonic()
        result, *_ = self._analyser.analyse([(example_png(), AnalysisOptions(mpp=EXAMPLE_MPP))] * lanes)
        if isinstance(result, ProblemError):
            raise RuntimeError(f"the warm-up failed: {result.detail}")
        if is_blank(result):
            raise RuntimeError(
                "the warm-up failed: the network answers the same everywhere, as one whose values are NaN"
            )
        seconds = round(time.monotonic() - started, 3)
        return {"index_percent": result.score.index_percent, "total": result.score.total, "seconds": seconds}


def is_blank(analysis: FieldAnalysis) -> bool:
    """Tell whether every plane has one value all over a field of nuclei."""
    planes: tuple[NDArray[np.uint8], ...] = (
        analysis.probability.immunonegative,
        analysis.probability.immunopositive,
        analysis.probability.interior,
    )
    return all(plane.min() == plane.max() for plane in planes)


def _reply(written: Reply | ProblemError) -> Reply:
    return write_problem(written) if isinstance(written, ProblemError) else written


def _set_head(context: ServerContext, index: int, reply: Reply, asked: Mapping[str, Any]) -> None:
    context.set_response_status(reply.status, reply.phrase, index)
    context.set_response_content_type(index, reply.media_type)
    for name, value in reply.headers.items():
        context.set_response_header(index, name, value)
    if CORRELATION in (ids := _found_ids(asked)):
        context.set_response_header(index, "X-Correlation-Id", ids[CORRELATION])


def _ids(headers: Mapping[str, Any]) -> str:
    """Return the ids that the caller gave, by which its log is joined to this one; nothing else is logged."""
    return "".join(f" {called}={value}" for called, value in _found_ids(headers).items())


def _found_ids(headers: Mapping[str, Any]) -> dict[str, str]:
    named = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    found = {called: named.get(name, "") for called, name in ID_HEADERS.items()}
    return {called: value for called, value in found.items() if ID.fullmatch(value)}


def _is_tile(tile: Any) -> bool:
    return (
        isinstance(tile, list)
        and len(tile) == 2
        and all(isinstance(side, int) and side > 0 and side % SIDE_STEP_PX == 0 for side in tile)
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
