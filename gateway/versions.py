"""The versions that TorchServe serves: its management API's answer in, `/api/v1/models` out."""

import json
import re
from typing import Any

from gateway.extensions import services, settings
from gateway.problems import TorchServeUnavailableProblem
from gateway.schemas import VERSION_PATTERN
from gateway.torchserve import TorchServeUnavailableError
from handler.errors import InvalidOptionError


def list_versions() -> list[dict[str, Any]]:
    """Return every version served; raises TorchServeUnavailableProblem."""
    try:
        described = services().management.describe()
    except TorchServeUnavailableError as error:
        raise TorchServeUnavailableProblem(
            "TorchServe does not answer; try again.", retry_after_seconds=10
        ) from error
    return [_version(each) | _own_words(each["modelVersion"]) for each in described]


def check_version(version: str) -> None:
    """Refuse a version that is not served; while TorchServe is down every well-formed one is taken."""
    if version == settings().model_version:
        return
    if not re.match(VERSION_PATTERN, version):
        raise InvalidOptionError("model_version is not a version's name.")
    try:
        served = {each["modelVersion"] for each in services().management.describe()}
    except TorchServeUnavailableError:
        return
    if version not in served:
        raise InvalidOptionError(f"model_version must be one of {', '.join(sorted(served))}.")


def is_ready() -> bool:
    """Tell whether the default version has as many workers ready as it needs."""
    try:
        described = services().management.describe()
    except TorchServeUnavailableError:
        return False
    return any(
        _version(each)["status"] == "ready" and each["modelVersion"] == settings().model_version
        for each in described
    )


def _version(described: dict[str, Any]) -> dict[str, Any]:
    ready = sum(worker.get("status") == "READY" for worker in described.get("workers", []))
    enough = ready >= max(1, int(described.get("minWorkers", 1)))
    return {
        "name": described["modelName"],
        "version": described["modelVersion"],
        "is_default": described["modelVersion"] == settings().model_version,
        "status": "ready" if enough else "starting",
        "workers": ready,
    }


def _own_words(version: str) -> dict[str, Any]:
    """Return weights and engine as the handler tells them; None while it starts or is busy."""
    try:
        told = services().management.describe(version)[0].get("customizedMetadata")
        told = json.loads(told) if isinstance(told, str) else told
    except (TorchServeUnavailableError, ValueError, TypeError):
        told = {}
    found = told if isinstance(told, dict) else {}
    return {"weights_sha256": found.get("weights_sha256"), "engine": found.get("engine")}
