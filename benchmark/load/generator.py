"""Clients in threads: a plan in, what each request saw out.

An answer is right where it is a 200 whose number of nuclei is what the same image gave first.
"""

import http.client
import json
import math
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmark.load.connection import Answer, Connection
from benchmark.load.plan import Plan
from benchmark.load.report import REFUSED, RIGHT, Report, Seen, summarise

PAUSE_AFTER_ERROR_S = 0.05
"""A server that refuses at once is not to be asked again at once: that would take its cores."""


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._bodies = [Path(shot.file).read_bytes() for shot in plan.shots]
        self._totals: dict[int, int] = {}
        self._seen: list[Seen] = []
        self._turns = self._new_turns()
        self._answered = threading.Semaphore(0)
        self._last_s = math.inf

    def run(self) -> Report:
        """Send until the time or the requests are used up, and wait for what is under way."""
        plan, cpu_s, begun_s = self._plan, time.process_time(), time.monotonic()
        clients = [threading.Thread(target=self._be_client, daemon=True) for _ in range(plan.concurrency)]
        for client in clients:
            client.start()
        first_s = self._wait_until_warm(begun_s)
        self._last_s = last_s = first_s + plan.seconds
        for client in clients:
            client.join(max(0.0, last_s - time.monotonic()) + 2 * plan.timeout_s)
        seen = list(self._seen)
        if plan.requests is not None:
            last_s = max((each.end_s for each in seen), default=last_s)
        cores = (time.process_time() - cpu_s) / (time.monotonic() - begun_s)
        return summarise(seen, first_s, last_s, cores)

    def _new_turns(self) -> Iterator[int]:
        """Count requests; `next` of it is atomic, so that all clients share one."""
        return count() if self._plan.requests is None else iter(range(self._plan.requests))

    def _wait_until_warm(self, begun_s: float) -> float:
        """Return when the measured time begins: once every client has an answer, and the warm-up is over.

        Before, the queue is still filling, and requests at its head are answered faster than they will be.
        """
        if self._plan.requests is not None:
            return begun_s
        for _ in range(self._plan.concurrency):
            self._answered.acquire(timeout=max(0.0, begun_s + self._plan.timeout_s - time.monotonic()))
        time.sleep(max(0.0, begun_s + self._plan.warm_up_s - time.monotonic()))
        return time.monotonic()

    def _be_client(self) -> None:
        connection = Connection(self._plan.host, self._plan.port, self._plan.timeout_s)
        is_first = True
        while time.monotonic() < self._last_s and (turn := next(self._turns, None)) is not None:
            fate = self._send(connection, turn % len(self._bodies))
            if is_first:
                self._answered.release()
                is_first = False
            if fate not in (RIGHT, REFUSED):
                time.sleep(PAUSE_AFTER_ERROR_S)
        connection.close()

    def _send(self, connection: Connection, shot: int) -> str:
        start_s = time.monotonic()
        try:
            answer: Answer | str = connection.post(self._plan.path, self._plan.headers, self._bodies[shot])
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            answer = type(error).__name__
        end_s = time.monotonic()
        fate = answer if isinstance(answer, str) else self._judge(answer, shot)
        self._seen.append(Seen(start_s, end_s, fate))
        return fate

    def _judge(self, answer: Answer, shot: int) -> str:
        if self._plan.shots[shot].broken:
            return REFUSED if 400 <= answer.status < 500 else f"broken image got {answer.status}"
        if answer.status != 200:
            return f"status {answer.status}"
        total = total_in(answer.body, self._plan.total_at)
        if total is None:
            return "no counts in the answer"
        return RIGHT if self._totals.setdefault(shot, total) == total else "other counts than before"


def total_in(body: bytes, path: list[str | int]) -> int | None:
    """Return the number of nuclei at `path` of a JSON answer; None where there is none."""
    try:
        value: Any = json.loads(body)
        for step in path:
            value = value[step]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
