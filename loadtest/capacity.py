"""What the service carries, roughly: some clients that send the next crop as soon as the last is answered.

Only rates are derived from it; what is told of the service is measured in the load itself.
"""

import itertools
import threading
import time
from collections.abc import Callable, Sequence

from loadtest.errors import BusyError, CannotTestError
from loadtest.pictures import Picture
from loadtest.services import Service

CLIENTS, WARM_UP_S, SECONDS, PAUSE_S = 16, 2.0, 6.0, 1.0


def images_per_s(service: Service, pictures: Sequence[Picture], clients: int = CLIENTS) -> float:
    """Return crops a second; raises CannotTestError where none was scored in time."""
    turns, ends, failures = itertools.count(), list[float](), list[Exception]()
    last_s = time.monotonic() + WARM_UP_S + SECONDS

    def send() -> None:
        while time.monotonic() < last_s and not failures:
            try:
                service.score(pictures[next(turns) % len(pictures)])
                ends.append(time.monotonic())
            except BusyError:
                time.sleep(PAUSE_S)
            except Exception as error:  # told below: a thread has nobody to raise to
                failures.append(error)

    _side_by_side(send, clients)
    if failures:
        raise CannotTestError(f"The service does not carry {clients} clients: {failures[0]}")
    measured = [end for end in ends if last_s - SECONDS <= end <= last_s]
    if not measured:
        raise CannotTestError(f"No crop was scored within {SECONDS:g} s.")
    return len(measured) / SECONDS


def _side_by_side(work: Callable[[], None], clients: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
