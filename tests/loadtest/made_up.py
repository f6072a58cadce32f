"""Runs with invented requests, few enough to be worked out by hand; in memory or as a folder."""

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from loadtest.reading import (
    Description,
    Outcome,
    Phase,
    RawForward,
    Request,
    RunFolder,
    Sample,
    Scrape,
    Target,
    Uploads,
)

POST, RESULT = "POST /api/v1/analyses", "result"
MACHINE = {
    "processor": "Made-up CPU",
    "cores": 2,
    "flags": ["avx512_bf16"],
    "memory_gib": 8.0,
    "system": "L 6",
}
MIB = 2**20


def request(
    start_s: float,
    outcome: Outcome = "ok",
    latency_s: float = 0.2,
    endpoint: str = POST,
    images: int = 0,
    user: str = "integrator",
) -> Request:
    status = {"ok": 200, "wrong": 200, "documented": 422, "shed": 429, "failed": 500, "abandoned": 0}[outcome]
    return Request(start_s, user, endpoint, status, outcome, latency_s, latency_s, images)


def upload(start_s: float, latency_s: float = 0.2, user: str = "integrator") -> list[Request]:
    """One image, scored at once: the POST, and its way to the result."""
    post = request(start_s, latency_s=latency_s, images=1, user=user)
    return [post, request(start_s, latency_s=latency_s, endpoint=RESULT, user=user)]


def stream(phase: Phase, right_per_s: float, latency_s: float, shed_per_s: float = 0.0) -> list[Request]:
    """Evenly spaced uploads of one image all through a phase, and evenly spaced refusals."""
    right = [each for moment_s in moments(phase, right_per_s) for each in upload(moment_s, latency_s)]
    return right + [request(moment_s, "shed", 0.01) for moment_s in moments(phase, shed_per_s)]


def moments(phase: Phase, rate_per_s: float) -> list[float]:
    count = round(phase.seconds * rate_per_s)
    return [phase.start_s + (k + 0.5) / rate_per_s for k in range(count)]


def phase(name: str, start_s: float, end_s: float, rate_per_s: float = 1.0) -> Phase:
    return Phase(name=name, start_s=start_s, end_s=end_s, rate_per_s=rate_per_s)


def run(
    profile: str, phases: Iterable[Phase], requests: Iterable[Request], samples: Iterable[Sample] = ()
) -> RunFolder:
    chosen = tuple(requests)
    accepted = sum(each.images for each in chosen)
    about = Description(
        profile=profile,
        target=Target(kind="gateway", url="http://127.0.0.1:8000"),
        started_at=datetime(2026, 11, 28, 2, 0, tzinfo=UTC),
        ended_at=datetime(2026, 11, 28, 2, 5, tzinfo=UTC),
        seed=1,
        machine=MACHINE,
        phases=tuple(phases),
        model_version="1.1",
        own_stack=True,
        uploads=Uploads(accepted=accepted, records=accepted, lost=0, double=0),
        tiles_per_image=1.0,
        capacity_images_per_s=9.0,
    )
    return RunFolder(about, chosen, tuple(samples), raw=(raw(15.0),))


def with_uploads(whole: RunFolder, uploads: Uploads | None) -> RunFolder:
    return replace(whole, about=whole.about.model_copy(update={"uploads": uploads}))


def smoke() -> RunFolder:
    """A quarter of a minute of two uploads a second, all right within 0.2 s."""
    phases = (phase("warm-up", 0, 5), phase("load", 5, 20))
    return run("smoke", phases, stream(phases[1], 2, 0.2))


STEP = (phase("4", 0, 20, 4), phase("8", 20, 40, 8), phase("12", 40, 60, 12), phase("20", 60, 80, 20))


def step(at_twice_per_s: float = 10.0) -> RunFolder:
    """A service that carries ten images a second, and `at_twice_per_s` where twenty arrive."""
    slow, good, over, twice = STEP
    requests = [
        *stream(slow, 4, 0.2),
        *stream(good, 8, 0.3),
        *stream(over, 10, 1.0, shed_per_s=2),
        *stream(twice, at_twice_per_s, 1.5, shed_per_s=20 - at_twice_per_s),
    ]
    whole = run("step", STEP, requests, step_samples())
    return replace(whole, raw=(raw(16.0, "before"), raw(18.0, "pause"), raw(20.0, "after")))


def step_samples() -> list[Sample]:
    """TorchServe keeps 1.6 cores busy from the third phase on, 0.8 before; the gateway 0.2."""
    found = []
    for t_s in range(0, 81, 5):
        served_s = 0.8 * t_s if t_s <= 40 else 32 + 1.6 * (t_s - 40)
        found += [
            Sample(t_s, "torchserve-worker", 900 * MIB, served_s),
            Sample(t_s, "gateway", 200 * MIB, 0.2 * t_s),
        ]
    return found


def raw(tiles_per_s: float, when: str = "before") -> RawForward:
    return RawForward(when=when, engine="openvino bf16", tiles_per_s=tiles_per_s, seconds=4.0)


SPIKE = (phase("before", 0, 60, 2), phase("spike", 60, 90, 20), phase("after", 90, 180, 2))


def spike(slow_for_s: float, slow_s: float = 2.0) -> RunFolder:
    """Results take 0.5 s before the spike, and `slow_s` for `slow_for_s` after it; then 0.5 s again."""
    before, during, after = SPIKE
    slow = phase("slow", after.start_s, after.start_s + slow_for_s)
    quick = phase("quick", slow.end_s, after.end_s)
    requests = [
        *stream(before, 2, 0.5),
        *stream(during, 10, 3.0, shed_per_s=10),
        *stream(slow, 2, slow_s),
        *stream(quick, 2, 0.5),
    ]
    return run("spike", SPIKE, requests)


def soak(grown_percent: float, process: str = "gateway") -> RunFolder:
    """Ten minutes in which one process' memory grows evenly by so much in the second half."""
    load = phase("load", 0, 600, 1)
    names = ("gateway", "worker", "torchserve", "torchserve-worker")
    samples = [
        Sample(t_s, name, round(100 * MIB * (1 + _grown(t_s, grown_percent, name == process))), t_s / 10)
        for t_s in range(0, 601, 20)
        for name in names
    ]
    return run("soak", [load], stream(load, 1, 0.2), samples)


def _grown(t_s: float, percent: float, grows: bool) -> float:
    return percent / 100 * max(0.0, t_s - 300) / 300 if grows else 0.0


def save(whole: RunFolder, folder: Path) -> Path:
    """Write what a run writes."""
    (folder / "metrics").mkdir(parents=True)
    (folder / "run.json").write_text(whole.about.model_dump_json(), encoding="utf-8")
    names = ("start_s", "user", "endpoint", "status", "outcome", "latency_s", "service_s", "images")
    _table(folder / "requests.csv", names, whole.requests)
    _table(folder / "samples.csv", ("t_s", "process", "rss_bytes", "cpu_s"), whole.samples)
    for scrape in whole.scrapes:
        (folder / "metrics" / f"{scrape.t_s:g}.{scrape.service}.prom").write_text(
            scrape.text, encoding="utf-8"
        )
    (folder / "raw.json").write_text(json.dumps([each.model_dump() for each in whole.raw]), encoding="utf-8")
    return folder


def _table(path: Path, names: tuple[str, ...], rows: Iterable[Request | Sample]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([getattr(row, name) for name in names] for row in rows)


def torchserve_page(
    t_s: float, images: int, queued_s: float, inside_s: float, forward_s: float, batches: int
) -> Scrape:
    """TorchServe's page after so many images, with means (seconds an image) and the work of the network."""
    model = 'ModelVersion="1.1",ModelName="ki67",Level="Model",Hostname="h",'
    counter = 'model_name="ki67",model_version="1.1",hostname="h",'
    text = f"""\
# HELP ts_inference_requests_total Torchserve prometheus metric with unit: Count
# TYPE ts_inference_requests_total counter
ts_inference_requests_total{{{counter}}} {images}
# TYPE ts_queue_latency_microseconds counter
ts_queue_latency_microseconds{{{counter}}} {images * queued_s * 1e6}
# TYPE ts_inference_latency_microseconds counter
ts_inference_latency_microseconds{{{counter}}} {images * (queued_s + inside_s) * 1e6}
# TYPE ki67_queue_seconds histogram
ki67_queue_seconds_bucket{{{model}le="+Inf",}} {images}
ki67_queue_seconds_count{{{model}}} {images}
ki67_queue_seconds_sum{{{model}}} {images * queued_s}
# TYPE ki67_forward_seconds histogram
ki67_forward_seconds_bucket{{{model}le="+Inf",}} {batches}
ki67_forward_seconds_count{{{model}}} {batches}
ki67_forward_seconds_sum{{{model}}} {forward_s}
# TYPE ki67_decode_seconds histogram
ki67_decode_seconds_bucket{{{model}le="+Inf",}} {images}
ki67_decode_seconds_count{{{model}}} {images}
ki67_decode_seconds_sum{{{model}}} {images * 0.01}
# TYPE ki67_batch_size histogram
ki67_batch_size_bucket{{{model}le="+Inf",}} {batches}
ki67_batch_size_count{{{model}}} {batches}
ki67_batch_size_sum{{{model}}} {images}
"""
    return Scrape(t_s, "torchserve", text)
