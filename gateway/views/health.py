"""What operators ask: alive, ready, metrics. Without a key, as these say nothing of anybody's data."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gateway import health, metrics, problems
from gateway.schemas import HealthOut

blueprint = APIBlueprint("health", __name__, tag="Operation")
_METRICS: dict[Any, Any] = {
    200: {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@blueprint.get("/healthz")
@blueprint.output(HealthOut)
def alive() -> dict[str, Any]:
    """Say that the process answers."""
    return {"status": "alive"}


@blueprint.get("/readyz")
@blueprint.output(HealthOut)
@blueprint.doc(responses={503: "Database or objects are failing; `checks` says which"})
def ready() -> dict[str, Any] | Response:
    """Say whether images can be taken: database and objects; `checks` says too whether TorchServe scores.

    Without TorchServe the service is ready: images are stored and wait.
    """
    checks = health.checks()
    failing = health.failing(checks)
    if not failing:
        return {"status": "ready", "checks": checks}
    problem = problems.document(503, "not-ready", "Not ready", f"Failing: {', '.join(failing)}.")
    return problems.answer(problem | {"checks": checks}, {"Retry-After": "5"})


@blueprint.get("/metrics")
@blueprint.doc(responses=_METRICS)
def metrics_text() -> Response:
    """Get the metrics."""
    return metrics.render()
