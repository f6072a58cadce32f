"""`python -m gateway.worker`: finishes what POST left queued, and tidies up after killed processes.

SIGTERM and SIGINT let the images in hand finish, then stop.
"""

import threading
from collections.abc import Callable

import structlog
from apiflask import APIFlask
from prometheus_client import start_http_server

from gateway import create_app
from gateway.extensions import Services, services
from gateway.orphans import delete_orphans
from gateway.retention import delete_expired
from gateway.routing.disagreement import forget_old_comparisons
from gateway.sweeping import sweep

_log = structlog.get_logger("gateway.worker")
_HOUR_SECONDS, _DAY_SECONDS = 3_600.0, 86_400.0


def repeat_until(stop: threading.Event, app: APIFlask, work: Callable[[], int], pause_seconds: float) -> None:
    """Do that work now and then periodically, whatever a single round meets."""
    while True:
        try:
            with app.app_context():
                count = work()
            if count:
                _log.info("tidied", work=work.__name__, count=count)
        except Exception as error:  # the next round may fare better
            _log.warning("round_failed", work=work.__name__, kind=type(error).__name__)
        if stop.wait(pause_seconds):
            return


def run(app: APIFlask) -> None:
    """Work until a signal comes."""
    with app.app_context():
        parts: Services = services()
    stop = threading.Event()
    rounds = (
        (sweep, parts.settings.sweep_seconds),
        (delete_expired, _HOUR_SECONDS),
        (delete_orphans, _DAY_SECONDS),
        (forget_old_comparisons, _DAY_SECONDS),
    )
    for work, pause_seconds in rounds:
        threading.Thread(target=repeat_until, args=(stop, app, work, pause_seconds), daemon=True).start()
    consumer = parts.jobs.huey.create_consumer(
        workers=parts.settings.worker_threads,
        periodic=False,
        initial_delay=0.1,
        max_delay=1.0,
        graceful_signal="TERM",
    )
    if parts.settings.worker_metrics_port:
        start_http_server(parts.settings.worker_metrics_port, parts.settings.host)
    _log.info("worker_started", threads=parts.settings.worker_threads)
    consumer.run()
    stop.set()


if __name__ == "__main__":
    run(create_app())
