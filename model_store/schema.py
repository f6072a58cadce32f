"""The schema of a version's folder: a folder in, what it asks of TorchServe out, or every problem at once.

    spec.json            what the network is and how its map is decoded (`handler.spec`), no unknown key
    weights.safetensors  the weights, every number finite
    model-config.yaml    how TorchServe serves it, no unknown key (TorchServe would ignore one)
    MODEL_CARD.md        what was measured, on what, under which licence
    metrics.json         the figures themselves

The last two may be missing in what a training left. Nothing here knows a server.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from safetensors import SafetensorError, safe_open

from handler.spec import ModelSpec
from handler.tiling import SIDE_STEP_PX
from model_store.archive import CONFIG, METRICS, NAME, SPEC, VERSION_NAME, WEIGHTS
from model_store.failures import RefusedError

CARD = "MODEL_CARD.md"
CLASSES = ("background", "immunonegative", "immunopositive")
_BFLOAT16 = "BF16"


class ServingConfig(BaseModel):
    """What `model-config.yaml` may say; TorchServe's words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    minWorkers: int = Field(ge=1, le=256)  # noqa: N815
    maxWorkers: int = Field(ge=1, le=256)  # noqa: N815
    batchSize: int = Field(ge=1, le=256)  # noqa: N815
    maxBatchDelay: int = Field(ge=1, le=1000, description="milliseconds; 0 would mean 100")  # noqa: N815
    jobQueueSize: int = Field(ge=1, le=1000)  # noqa: N815
    responseTimeout: int = Field(ge=1, description="seconds")  # noqa: N815
    startupTimeout: int = Field(ge=1, description="seconds")  # noqa: N815
    clientTimeoutInMills: int = Field(ge=1000)  # noqa: N815
    maxRetryTimeoutInSec: int = Field(ge=0)  # noqa: N815
    deviceType: str | None = Field(default=None, pattern="^(cpu|gpu)$")  # noqa: N815
    handler: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _not_more_at_least_than_at_most(self) -> "ServingConfig":
        if self.minWorkers > self.maxWorkers:
            raise ValueError("minWorkers is more than maxWorkers")
        return self


@dataclass(frozen=True)
class CheckedFolder:
    """A folder that keeps to the schema."""

    folder: Path
    spec: ModelSpec
    serving: ServingConfig


def check_folder(folder: Path, config: Path | None = None, *, whole: bool = True) -> CheckedFolder:
    """Check a version's folder; raises RefusedError that tells every problem.

    `config` stands in for a model-config.yaml that the folder lacks. `whole`: a model card and figures must
    be there.
    """
    if not folder.is_dir():
        raise RefusedError(f"{folder} is no folder of a version")
    problems: list[str] = []
    spec = _attempt(problems, SPEC, lambda: _spec(folder / SPEC, folder.name if whole else None))
    path = folder / CONFIG if (folder / CONFIG).is_file() or config is None else config
    serving = _attempt(problems, CONFIG, lambda: _serving(path))
    _attempt(problems, WEIGHTS, lambda: check_weights(folder / WEIGHTS))
    if whole:
        problems += [f"{name} is missing" for name in (CARD, METRICS) if not (folder / name).is_file()]
    if problems or spec is None or serving is None:
        raise RefusedError(f"{folder} keeps not to the schema of a version: {'; '.join(problems)}")
    return CheckedFolder(folder, spec, serving)


def check_weights(path: Path) -> None:
    """Raise ValueError where a file of weights cannot be read or holds a number that is not finite."""
    try:
        with safe_open(path, framework="numpy") as weights:
            for name in weights.keys():  # noqa: SIM118 - no mapping
                if weights.get_slice(name).get_dtype() != _BFLOAT16 and not _is_finite(
                    weights.get_tensor(name)
                ):
                    raise ValueError(f"{name} holds numbers that are not finite")
    except SafetensorError as error:
        raise ValueError(f"the weights are corrupt: {error}") from error


def _is_finite(values: Any) -> bool:
    return bool(np.isfinite(values).all())


def _attempt(problems: list[str], what: str, work: Callable[[], Any]) -> Any:
    """Do the work; note what goes wrong and return None."""
    try:
        return work()
    except ValidationError as error:
        problems += [f"{what}: {_place(each)}{each['msg']}" for each in error.errors()]
    except FileNotFoundError:
        problems.append(f"{what} is missing")
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        problems.append(f"{what}: {' '.join(str(error).split())[:300]}")
    return None


def _place(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: " if place else ""


def _spec(path: Path, version: str | None) -> ModelSpec:
    spec = ModelSpec.from_file(path)
    raw = json.loads(path.read_text(encoding="utf-8"))
    TypeAdapter(ModelSpec).validate_python(raw)
    problems = list(_spec_problems(spec, version))
    if problems:
        raise ValueError(", ".join(problems))
    return spec


def _spec_problems(spec: ModelSpec, version: str | None) -> Iterator[str]:
    """Yield what types do not tell."""
    if spec.name != NAME:
        yield f"the name is {spec.name!r} and not {NAME}"
    if not VERSION_NAME.fullmatch(spec.version) or version not in (None, spec.version):
        yield f"the version {spec.version!r} is not that of its folder, or no version's name"
    if spec.network.outputs[:3] != CLASSES:
        yield f"outputs do not begin with {', '.join(CLASSES)}"
    if min(spec.network.std) <= 0:
        yield "std has a value that is not above 0"
    sampling = spec.sampling
    if min(sampling.working_mpp, sampling.default_mpp) <= 0:
        yield "microns per pixel are not above 0"
    if sampling.tile_px <= 0 or sampling.tile_px % SIDE_STEP_PX:
        yield f"tile_px is no multiple of {SIDE_STEP_PX}"
    if not 0 <= sampling.overlap_px < sampling.tile_px:
        yield "overlap_px is not below tile_px"
    if not 0 < spec.thresholds.probability < 1:
        yield "thresholds.probability is not between 0 and 1"
    low, high = spec.thresholds.category_boundaries_percent
    if not 0 <= low <= high <= 100:
        yield "category_boundaries_percent are not two rising percentages"


def _serving(path: Path) -> ServingConfig:
    from handler.torchserve import HandlerSettings  # noqa: PLC0415 - heavy, and only for this

    serving = ServingConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    HandlerSettings.from_config(serving.handler)
    return serving
