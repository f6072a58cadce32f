"""`list`: what is registered where, which share it scores, and whether it is what the store holds."""

from pathlib import Path
from typing import Any

from model_store.archive import NAME, WEIGHTS, sha256_of
from model_store.failures import VersionsError
from model_store.operator import Operator
from model_store.replica import Replica

OWN_WORDS_S = 5.0


def overview(operator: Operator) -> list[dict[str, Any]]:
    """Return a row a version, by name: TorchServe's, the gateway's and the store's view of it."""
    there = {
        replica.address: {each["modelVersion"]: each for each in replica.all()}
        for replica in operator.replicas
    }
    models = {each["version"]: each for each in operator.gateway.models()} if operator.gateway else {}
    names = {version for found in there.values() for version in found} | models.keys()
    return [_row(operator, version, there, models.get(version)) for version in sorted(names)]


def _row(
    operator: Operator,
    version: str,
    there: dict[str, dict[str, dict[str, Any]]],
    model: dict[str, Any] | None,
) -> dict[str, Any]:
    told = [
        _replica_row(replica, version, there[replica.address].get(version)) for replica in operator.replicas
    ]
    weights = next((each["weights_sha256"] for each in told if each["weights_sha256"]), None)
    shares = {
        name: model.get(name) if model else None
        for name in ("is_default", "share_percent", "shadow_percent", "withdrawn")
    }
    return {
        "version": version,
        **shares,
        "torchserve": told,
        "weights_sha256": weights,
        "store": _compared_with_store(operator.root / "model_store" / NAME / version / WEIGHTS, weights),
        "disagreement": model.get("disagreement") if model else None,
    }


def _replica_row(replica: Replica, version: str, described: dict[str, Any] | None) -> dict[str, Any]:
    workers = described["workers"] if described else []
    return {
        "address": replica.address,
        "registered": described is not None,
        "is_default": described is not None and replica.default() == version,
        "workers_ready": sum(worker["status"] == "READY" for worker in workers),
        "workers_wanted": described["minWorkers"] if described else 0,
        "queued": described.get("jobQueueStatus", {}).get("pendingRequests", 0) if described else 0,
        "weights_sha256": _weights(replica, version) if described else None,
    }


def _weights(replica: Replica, version: str) -> str | None:
    """Return the hash that the handler tells; None while it is busy or starts."""
    try:
        return str(replica.own_words(version, OWN_WORDS_S)["weights_sha256"])
    except VersionsError:
        return None


def _compared_with_store(path: Path, weights: str | None) -> str:
    if not path.is_file():
        return "not in the store"
    if weights is None:
        return "unknown"
    return "same" if sha256_of(path) == weights else "other weights"
