"""What locust runs: `locust -f loadtest/locustfile.py`, alone or as `--master` and `--worker`.

`python -m loadtest` makes a plan and starts this with it (LOADTEST_PLAN, LOADTEST_RUN). Each process takes
its share of the arrivals and notes what happened; the master, or the lone process, writes it into the run's
folder.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from locust import LoadTestShape, User, constant, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from loadtest import book
from loadtest.arrivals import Arrival, arrivals, shared_out
from loadtest.book import Book, Request
from loadtest.connection import Connection
from loadtest.people import PEOPLE
from loadtest.plan import Plan
from loadtest.visit import PATIENCE_S, Scene, Visit

BEGUN = "begun"
"""A file of the run's folder: the moment the load began, in seconds since 1970."""
SPAWNING_S, UNTIL_BEGIN_S = 2.0, 5.0
"""Every visitor waits for somebody to arrive before the load begins."""
FLUSH_EVERY_S = 2.0
GRACE_S = PATIENCE_S + 10
"""How long visits may go on after the last arrival: none is cut off before it has given up by itself."""


class Load:
    """The load of this process, from the plan's message on; a master's `is_elsewhere`, in its workers."""

    def __init__(self, plan: Plan, begins_at: float, part: int, parts: int) -> None:
        self.plan = plan
        self.under_way = 0
        self.is_elsewhere = False
        zero_s = time.monotonic() + begins_at - time.time()
        self.book = Book()
        self.scene = Scene(
            plan, plan.contract, self.book, lambda: time.monotonic() - zero_s, gevent.sleep, _tell_locust
        )
        self._arrivals = shared_out(arrivals(plan.phases, plan.mix, plan.seed), part, parts)

    def next_arrival(self) -> Arrival | None:
        """Wait for whoever comes next; None where nobody comes any more."""
        arrival = next(self._arrivals, None)
        if arrival is not None:
            gevent.sleep(max(0.0, arrival.due_s - self.scene.clock()))
        return arrival

    def is_over(self) -> bool:
        """Tell whether everybody has come and gone, or had the time to."""
        after_s = self.scene.clock() - self.plan.seconds
        is_quiet = not self.is_elsewhere and self.under_way == 0
        return after_s > 0 and (is_quiet or after_s > GRACE_S)


class _Process:
    """What locust's callbacks share: the plan, of a worker its master's, and the load once it has begun."""

    plan: Plan | None = None
    load: Load | None = None


class Visitor(User):
    """One of the pool that receives people: whoever arrives next, as soon as they are due."""

    wait_time = constant(0)

    @task
    def receive(self) -> None:
        """Let one person do what they came for."""
        load = _Process.load
        arrival = load.next_arrival() if load else None
        if load is None or arrival is None:
            raise StopUser
        load.under_way += 1
        try:
            with Connection(load.plan.url) as connection:
                visit = Visit(load.scene, arrival, connection.send)
                PEOPLE[arrival.person](visit)
        except Exception as error:  # of an answer that no check foresaw: told, and the others go on
            visit.fail(error)
        finally:
            load.under_way -= 1


class Shape(LoadTestShape):
    """The whole pool from the beginning until the last visit has ended; who comes when is the plan's."""

    def tick(self) -> tuple[int, float] | None:
        """Say how many visitors there are to be."""
        plan, load = _Process.plan, _Process.load
        if plan is None or (load is not None and load.is_over()):
            return None
        return plan.pool, plan.pool / SPAWNING_S


def _prepare(environment: Environment, **_: Any) -> None:
    """Read the plan; a worker waits for its master's."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        runner.register_message("plan", _take_plan)
        _listen(events.report_to_master, _report)
        return
    _Process.plan = Plan.from_bytes(Path(os.environ["LOADTEST_PLAN"]).read_bytes())
    if isinstance(runner, MasterRunner):
        _listen(events.worker_report, _write_reported)


def _begin(environment: Environment, **_: Any) -> None:
    """Set the moment zero, tell it to the workers, and begin the run's files."""
    runner, plan = environment.runner, _Process.plan
    if isinstance(runner, WorkerRunner) or plan is None:
        return
    begins_at = time.time() + UNTIL_BEGIN_S
    book.begin(_folder())
    if isinstance(runner, MasterRunner):
        _tell_workers(runner, plan, begins_at)
    _Process.load = Load(plan, begins_at, 0, 1)
    _Process.load.is_elsewhere = isinstance(runner, MasterRunner)
    (_folder() / BEGUN).write_text(repr(begins_at), encoding="utf-8")
    if not isinstance(runner, MasterRunner):
        gevent.spawn(_keep_writing, _Process.load)


def _end(environment: Environment, **_: Any) -> None:
    if _Process.load is not None and not isinstance(environment.runner, WorkerRunner | MasterRunner):
        book.write(_folder(), _Process.load.book.take())


def _tell_workers(runner: MasterRunner, plan: Plan, begins_at: float) -> None:
    workers = sorted(runner.clients)
    for part, worker in enumerate(workers):
        told = {"plan": plan.to_bytes(), "begins_at": begins_at, "part": part, "parts": len(workers)}
        runner.send_message("plan", told, worker)


def _take_plan(environment: Environment, msg: Any, **_: Any) -> None:
    told = msg.data
    _Process.load = Load(Plan.from_bytes(told["plan"]), told["begins_at"], told["part"], told["parts"])


def _report(client_id: str, data: dict[str, Any]) -> None:
    if _Process.load is not None:
        data["loadtest"] = _Process.load.book.take()


def _write_reported(client_id: str, data: dict[str, Any]) -> None:
    if "loadtest" in data:
        book.write(_folder(), data["loadtest"])


def _keep_writing(load: Load) -> None:
    while True:
        gevent.sleep(FLUSH_EVERY_S)
        book.write(_folder(), load.book.take())


def _tell_locust(request: Request, reason: str) -> None:
    """Let locust's own table show the same: seconds from when a request was due."""
    method, _, route = request.endpoint.partition(" ")
    told: Any = events.request
    told.fire(
        request_type=method,
        name=route or method,
        response_time=1000 * request.latency_s,
        response_length=0,
        exception=RuntimeError(reason) if reason else None,
        context={},
    )


def _folder() -> Path:
    return Path(os.environ["LOADTEST_RUN"])


def _listen(event: Any, listener: Callable[..., None]) -> None:
    event.add_listener(listener)


_listen(events.init, _prepare)
_listen(events.test_start, _begin)
_listen(events.test_stop, _end)
