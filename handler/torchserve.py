"""TorchServe's entry: a batch of requests in, a batch of replies out; the only module that knows TorchServe.

Flow: rows and headers -> `exchange.read_request` -> `Analyser` -> `exchange.write_reply` -> bytes, with
status, media type and headers of each set on the context. An exception here would fail the whole batch, so
everything that can go wrong with one request becomes that request's reply.
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

from handler.answer import EngineIdentity, ModelIdentity
from handler.attempts import attempt
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineName, EngineSettings, Precision
from handler.errors import ProblemError
from handler.exchange import Reply, Request, read_request, write_problem, write_reply
from handler.options import AnalysisOptions
from handler.pipeline import DEFAULT_MOST_PX, DEFAULT_MOST_S, Analyser
from handler.spec import ModelSpec
from handler.tiling import SIDE_STEP_PX

logger = logging.getLogger(__name__)

WARM_SIDES_PX = (256, 640)
"""Tiles of the usual crop, and of a field of 1228 x 1228 pixels at an objective of 40."""
WARM_TILES_PX = tuple((side_px, side_px) for side_px in WARM_SIDES_PX)
WARM_FIELD_PX = (512, 512)

ID_HEADERS = {"request_id": "x-request-id", "analysis_id": "x-correlation-id", "trace": "traceparent"}
ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class ServerContext(Protocol):
    """What is used of `ts.context.Context`."""

    system_properties: Mapping[str, Any]
    model_yaml_config: Mapping[str, Any] | None

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
        gpu = context.system_properties.get("gpu_id")
        cv2.setNumThreads(1)  # the stages already run side by side
        engine = choose_engine(self._spec, folder / "weights.safetensors", settings.of_engine, gpu)
        self._engine = EngineIdentity(engine.name, engine.precision, engine.device)
        model = ModelIdentity(self._spec.name, self._spec.version, self._identity["weights_sha256"])
        self._analyser = Analyser(
            self._spec,
            engine,
            model,
            round(settings.most_megapixels * 1e6),
            most_s=settings.most_seconds,
            stage_threads=settings.stage_threads,
        )
        for height_px, width_px in settings.warm_tiles_px:
            engine.warm_up(height_px, width_px)
        self._warm_up()
        self._start_s = round(time.monotonic() - started, 2)
        logger.info("ready after %.1f s", self._start_s)

    def handle(self, data: Sequence[Mapping[str, Any]], context: ServerContext) -> list[bytes]:
        """Answer a batch, one body a row in the same order."""
        if len(data) == 1 and context.get_request_header(0, "describe") == "True":  # TorchServe asks alone
            return [json.dumps(self.describe_handle()).encode()]
        requests = [
            attempt(read_request, row, context.get_all_request_header(index), self._spec.thresholds)
            for index, row in enumerate(data)
        ]
        replies = self._score(requests)
        for index, reply in enumerate(replies):
            _set_head(context, index, reply)
            logger.info("answered %d%s", reply.status, _ids(context.get_all_request_header(index)))
        return [reply.body for reply in replies]

    def describe_handle(self) -> dict[str, Any]:
        """Tell which version this is, down to its weights and code, and what runs it."""
        return {
            **self._identity,
            "engine": asdict(self._engine),
            "spec": asdict(self._spec),
            "start_seconds": self._start_s,
        }

    def _score(self, requests: Sequence[Request | ProblemError]) -> list[Reply]:
        readable = [request for request in requests if isinstance(request, Request)]
        items = [(request.image, request.options) for request in readable]
        replies = iter(self._analyser.answer(items, lambda index, done: write_reply(done, readable[index])))
        return [_reply(next(replies) if isinstance(request, Request) else request) for request in requests]

    def _warm_up(self) -> None:
        """Score a small field; raises RuntimeError where that fails: a broken version never serves."""
        glass = np.random.default_rng(0).integers(200, 256, (*WARM_FIELD_PX, 3), np.uint8)
        _, encoded = cv2.imencode(".png", glass)
        (result,) = self._analyser.analyse([(encoded.tobytes(), AnalysisOptions())])
        if isinstance(result, ProblemError):
            raise RuntimeError(f"the warm-up failed: {result.detail}")


def _reply(written: Reply | ProblemError) -> Reply:
    return write_problem(written) if isinstance(written, ProblemError) else written


def _set_head(context: ServerContext, index: int, reply: Reply) -> None:
    context.set_response_status(reply.status, reply.phrase, index)
    context.set_response_content_type(index, reply.media_type)
    for name, value in reply.headers.items():
        context.set_response_header(index, name, value)


def _ids(headers: Mapping[str, Any]) -> str:
    """Return the ids that the caller gave, by which its log is joined to this one; nothing else is logged."""
    named = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    found = {called: named.get(name, "") for called, name in ID_HEADERS.items()}
    return "".join(f" {called}={value}" for called, value in found.items() if ID.fullmatch(value))


def _is_tile(tile: Any) -> bool:
    return (
        isinstance(tile, list)
        and len(tile) == 2
        and all(isinstance(side, int) and side > 0 and side % SIDE_STEP_PX == 0 for side in tile)
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
