"""Free ports of this machine, and a wait for what comes up on one."""

import http.client
import socket
import time
from collections.abc import Callable

from benchmark.errors import CannotMeasureError

LOOK_EVERY_S = 0.1


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for listening in sockets:
            listening.bind(("127.0.0.1", 0))
        return [listening.getsockname()[1] for listening in sockets]
    finally:
        for listening in sockets:
            listening.close()


def wait_for_200(port: int, path: str, timeout_s: float, is_running: Callable[[], bool]) -> None:
    """Wait until a GET is answered with 200; raises CannotMeasureError after `timeout_s` or a death."""
    deadline = time.monotonic() + timeout_s
    while not _answers(port, path):
        if not is_running() or time.monotonic() > deadline:
            raise CannotMeasureError(f"nothing answers on port {port} after {timeout_s:.0f} s")
        time.sleep(LOOK_EVERY_S)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
