"""Metrics of a phase in, where an image's time went and what was at work out.

    time to the result  =  gateway  +  queue  +  worker     seconds that pass for one image
    busy                =  seconds of work a second        Little's law: how many are in a stage on average

The gateway's part is all that passes before the image is sent to TorchServe and after its answer: receiving,
checking, storing, waiting for a free connection, recording, answering. `queue` is from sending to the worker
(`ki67_queue_seconds`), `worker` from there to the answer (TorchServe's inference less its queue). Decoding,
network and nuclei work side by side in a worker: their busy times are no parts of one time that passes.
"""

from dataclasses import dataclass
from statistics import mean

from loadtest.analysis.phases import begun_in, results
from loadtest.analysis.scrapes import Added, Pages
from loadtest.reading import GATEWAY, Phase, RunFolder

QUEUE, WORKER = "TorchServe's queue", "TorchServe's worker"
WORK = {
    "decode": "ki67_decode_seconds",
    "network": "ki67_forward_seconds",
    "nuclei": "ki67_postprocessing_seconds",
}
# The parser gives every counter the ending that OpenMetrics asks for.
_REQUESTS = "ts_inference_requests_total"
_INFERENCE, _QUEUED = "ts_inference_latency_microseconds_total", "ts_queue_latency_microseconds_total"


@dataclass(frozen=True)
class Stages:
    """A phase: mean seconds that pass for an image by place, images at work by stage, images a batch.

    `passes_s` lacks the gateway where TorchServe was asked directly.
    """

    phase: Phase
    passes_s: dict[str, float]
    busy: dict[str, float]
    batch_size: float | None


def stages(run: RunFolder, phase: Phase) -> Stages | None:
    """Return a phase's stages; None where TorchServe's metrics were not scraped twice in it."""
    added = Pages(run.scrapes, "torchserve").added(phase.start_s, phase.end_s)
    if added is None:
        return None
    busy = {stage: added.total(f"{name}_sum") / added.seconds for stage, name in WORK.items()}
    inside = _inside_s(added)
    gateway = _gateway_s(run, phase, sum(inside.values())) if inside else {}
    return Stages(phase, gateway | inside, busy, added.mean("ki67_batch_size"))


def _inside_s(added: Added) -> dict[str, float]:
    """Return the mean seconds in queue and worker; empty where no image came."""
    requests, waited_s = added.total(_REQUESTS), added.mean("ki67_queue_seconds")
    if not requests:
        return {}
    queued_s = added.total(_QUEUED) / requests / 1e6
    inference_s = added.total(_INFERENCE) / requests / 1e6
    return {QUEUE: queued_s if waited_s is None else waited_s, WORKER: max(0.0, inference_s - queued_s)}


def _gateway_s(run: RunFolder, phase: Phase, inside_s: float) -> dict[str, float]:
    """Return what is left of the time from the intended start of an upload of one image to its result."""
    if run.about.target.kind != GATEWAY:
        return {}
    times_s = [each.latency_s for each in results(begun_in(run.requests, phase.start_s, phase.end_s))]
    return {GATEWAY: max(0.0, mean(times_s) - inside_s)} if times_s else {}
