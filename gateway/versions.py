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
        return [_version(described) for described in services().torchserve.describe()]
    except TorchServeUnavailableError as error:
        raise TorchServeUnavailableProblem(
            "TorchServe does not answer; try again.", retry_after_seconds=10
        ) from error


def check_version(version: str) -> None:
    """Refuse a version that is not served; while TorchServe is down every well-formed one is taken."""
    if version == settings().model_version:
        return
    if not re.match(VERSION_PATTERN, version):
        raise InvalidOptionError("model_version is not a version's name.")
    try:
        served = {each["version"] for each in list_versions()}
    except TorchServeUnavailableProblem:
        return
    if version not in served:
        raise InvalidOptionError(f"model_version must be one of {', '.join(sorted(served))}.")


def is_ready() -> bool:
    """Tell whether the default version has as many workers ready as it needs."""
    try:
        described = services().torchserve.describe()
    except TorchServeUnavailableError:
        return False
    return any(
        _version(each)["status"] == "ready" and each["modelVersion"] == settings().model_version
        for each in described
    )


def _version(described: dict[str, Any]) -> dict[str, Any]:
    ready = sum(worker.get("status") == "READY" for worker in described.get("workers", []))
    enough = ready >= max(1, int(described.get("minWorkers", 1)))
    custom = _custom(described.get("customizedMetadata"))
    return {
        "name": described["modelName"],
        "version": described["modelVersion"],
        "is_default": described["modelVersion"] == settings().model_version,
        "status": "ready" if enough else "starting",
        "workers": ready,
        "weights_sha256": custom.get("weights_sha256"),
        "engine": custom.get("engine"),
    }


def _custom(metadata: Any) -> dict[str, Any]:
    """Return what the handler tells of itself; a version that is starting tells nothing yet."""
    try:
        found = json.loads(metadata) if isinstance(metadata, str) else metadata
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
