"""One load test from beginning to end: target and profile in, a run's folder out.

idle pass -> capacity -> plan -> locust, while processes are sampled and metrics scraped -> records counted
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import httpx2

from benchmark.machine import this_machine
from benchmark.places import ROOT
from loadtest import idle
from loadtest.book import read_uploads
from loadtest.capacity import images_per_s
from loadtest.errors import CannotTestError
from loadtest.ledger import Ledger, settle, wait_until_done
from loadtest.pictures import CROP, FIELD, PHOTO, Picture, broken, of_kind
from loadtest.plan import Plan
from loadtest.profiles import Phase, Profile, phases
from loadtest.raw import measure_beside
from loadtest.samples import Sampler
from loadtest.scraping import Scraper
from loadtest.services import Gateway
from loadtest.targets import Target

RUN, LOG, BEGUN = "run.json", "locust.log", "begun"
SAMPLE_EVERY_S, LOOK_EVERY_S, STARTING_S = 2.0, 0.2, 120.0
A_MINUTE_S = 60.0
"""In a shorter load the machine is taken to stay as it was before: a smoke run has to be short."""
LOCUSTFILE = ROOT / "loadtest" / "locustfile.py"
CROPS_A_VISIT: Mapping[str, tuple[str, int]] = {
    "phone": (PHOTO, 1),
    "batch": (FIELD, 20),
    "integrator": (CROP, 1),
    "rude": (CROP, 1),
    "direct": (CROP, 1),
}
"""What the network has to do for a visit: pictures of a kind. The others hardly ask for any."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What to run; `rate_per_s` in place of the measured capacity, `workers` where locust is distributed."""

    profile: Profile
    seed: int
    label: str
    rate_per_s: float | None = None
    workers: int = 0


class Regular:
    """Does something every so many seconds, from the beginning of the load on."""

    def __init__(self, act: Callable[[float], None], every_s: float) -> None:
        self._act, self._every_s, self._due_s = act, every_s, 0.0

    def act_when_due(self, now_s: float) -> None:
        """Do it where it is time."""
        if now_s >= self._due_s:
            self._act(now_s)
            self._due_s = now_s + self._every_s


def run(order: Order, target: Target, pictures: list[Picture], folder: Path, say: Say) -> list[str]:
    """Run a load test into a new folder; return a sentence for each result that is far from the truth."""
    folder.mkdir(parents=True)
    _measure_raw(target, folder, "before", say)
    plan, capacity = _planned(order, target, pictures, say)
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="ki67-loadtest-plan-") as kept:
        plan.write(Path(kept) / "plan")
        say(f"Load: {order.profile.name}, {plan.seconds:.0f} s")
        zero_s = _loaded(order, target, folder, Path(kept) / "plan")
    ledger = _settled(target, plan, folder, say)
    if plan.seconds > A_MINUTE_S:
        _measure_raw(target, folder, "after", say)
    started = datetime.fromtimestamp(zero_s, UTC) if zero_s else began
    _write(folder, order, target, plan, capacity, ledger, started)
    return idle.far_from_truth(pictures, plan.expectations)


def _measure_raw(target: Target, folder: Path, when: str, say: Say) -> None:
    """Measure the network alone on the machine that also serves, while nothing is served."""
    if target.own_version is None:
        return
    say(f"Raw forward pass {when} the load")
    try:
        measure_beside(folder, when, target.own_version)
    except subprocess.SubprocessError as error:
        raise CannotTestError(f"The raw forward pass cannot be measured: {error}") from error


def _planned(order: Order, target: Target, pictures: list[Picture], say: Say) -> tuple[Plan, float]:
    """Make the plan: what is right, what the service carries, who comes when."""
    service, crops = target.service, of_kind(pictures, CROP)
    say(f"Idle pass: {len(pictures)} pictures, one at a time")
    service.score(crops[0])
    expected = idle.expectations(service, pictures)
    idle.check_twice(service, crops[0], expected)
    mix = order.profile.mix if isinstance(service, Gateway) else {"direct": 1}
    say("Capacity: a few clients with crops")
    capacity = order.rate_per_s or images_per_s(service, crops)
    say(f"Rates are shares of {capacity:.1f} crops a second")
    plan = Plan(
        kind=service.kind,
        url=service.url,
        key=target.key,
        label=order.label,
        seed=order.seed,
        phases=phases(order.profile, capacity / _crops_a_visit(mix, pictures)),
        mix=mix,
        pool=order.profile.pool,
        pictures=tuple(pictures),
        broken=tuple(broken(pictures)),
        expectations=expected,
        statuses=service.statuses() if isinstance(service, Gateway) else {},
        reviewer=target.reviewer,
        model_path=target.model_path,
    )
    return plan, capacity


def _crops_a_visit(mix: Mapping[str, int], pictures: list[Picture]) -> float:
    """Return how many crops the network has to do for a visit, on average over the mix."""
    costs = {
        person: count * sum(each.cost for each in of_kind(pictures, kind)) / len(of_kind(pictures, kind))
        for person, (kind, count) in CROPS_A_VISIT.items()
        if person in mix
    }
    return sum(costs.get(person, 0.0) * share for person, share in mix.items()) / sum(mix.values())


def _loaded(order: Order, target: Target, folder: Path, plan: Path) -> float | None:
    """Let locust run to its end, and watch meanwhile; return the moment zero, in seconds since 1970."""
    with _locust(order, folder, plan) as locust:
        zero_s = _begun(locust, folder)
        sampler = Sampler(folder, [*target.roots, locust.pid])
        scraper = Scraper(folder, target.metrics)
        clocks = (
            Regular(sampler.sample, SAMPLE_EVERY_S),
            Regular(scraper.scrape, order.profile.scrape_every_s),
        )
        while locust.poll() is None:
            for each in clocks:
                each.act_when_due(time.time() - zero_s)
            time.sleep(LOOK_EVERY_S)
        scraper.close()
    return zero_s


@contextmanager
def _locust(order: Order, folder: Path, plan: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start locust without its web page; it ends with this process, whatever happens."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--loglevel", "WARNING", "--exit-code-on-error", "0"]
    command += ["--master", "--expect-workers", str(order.workers)] if order.workers else []
    named = {"LOADTEST_PLAN": str(plan), "LOADTEST_RUN": str(folder.resolve())}
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=os.environ | named, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _begun(locust: subprocess.Popen[bytes], folder: Path) -> float:
    deadline = time.monotonic() + STARTING_S
    while not (folder / BEGUN).exists():
        if locust.poll() is not None or time.monotonic() > deadline:
            end = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip()[-500:]
            raise CannotTestError(f"locust does not begin; the end of its log: {end}")
        time.sleep(LOOK_EVERY_S)
    return float((folder / BEGUN).read_text(encoding="utf-8"))


def _settled(target: Target, plan: Plan, folder: Path, say: Say) -> Ledger | None:
    """Wait until everything accepted is done, and count the records; None where the service lets nobody."""
    if not isinstance(target.service, Gateway):
        return None
    say("Counting records")
    try:
        wait_until_done(target.service, plan.label)
        return settle(read_uploads(folder), target.service.records(case_label=plan.label), plan.expectations)
    except (CannotTestError, httpx2.HTTPError) as error:
        say(f"The records cannot be counted: {error}")
        return None


def _write(
    folder: Path,
    order: Order,
    target: Target,
    plan: Plan,
    capacity: float,
    ledger: Ledger | None,
    started: datetime,
) -> None:
    written: dict[str, Any] = {
        "profile": order.profile.name,
        "target": {"kind": plan.kind, "url": plan.url},
        "own_stack": target.own_version is not None,
        "started_at": started.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "seed": order.seed,
        "machine": asdict(this_machine()),
        "phases": [_rounded(phase) for phase in plan.phases],
        "mix": dict(plan.mix),
        "capacity_images_per_s": round(capacity, 3),
        "model_version": next(version for _, version in plan.expectations),
        "tiles_per_image": round(_tiles_an_image(plan, folder), 3),
        "uploads": asdict(ledger) if ledger else None,
    }
    (folder / RUN).write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def _tiles_an_image(plan: Plan, folder: Path) -> float:
    """Return how large an image was on average for the network, in tiles of 256 x 256."""
    costs = {picture.name: picture.cost for picture in plan.pictures}
    sent = [costs[upload.picture] for upload in read_uploads(folder) if upload.picture]
    crops = [picture.cost for picture in of_kind(list(plan.pictures), CROP)]
    return mean(sent or crops)


def _rounded(phase: Phase) -> dict[str, Any]:
    return asdict(phase) | {"rate_per_s": round(phase.rate_per_s, 4)}
