"""`python -m gateway.worker`: finishes what POST left queued, and sweeps up after killed processes.

SIGTERM and SIGINT let the images in hand finish, then stop.
"""

import threading

import structlog
from apiflask import APIFlask
from sqlalchemy.exc import SQLAlchemyError

from gateway import create_app
from gateway.extensions import Services, services
from gateway.sweeping import sweep

_log = structlog.get_logger("gateway.worker")


def sweep_until(stop: threading.Event, app: APIFlask, pause_seconds: float) -> None:
    """Sweep now and then periodically, whatever a single sweep meets."""
    while True:
        try:
            with app.app_context():
                told = sweep()
            if told:
                _log.info("swept", told=told)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("sweep_failed", kind=type(error).__name__)
        if stop.wait(pause_seconds):
            return


def run(app: APIFlask) -> None:
    """Work until a signal comes."""
    with app.app_context():
        parts: Services = services()
    stop = threading.Event()
    sweeper = threading.Thread(
        target=sweep_until, args=(stop, app, parts.settings.sweep_seconds), name="sweeper", daemon=True
    )
    sweeper.start()
    consumer = parts.jobs.huey.create_consumer(
        workers=parts.settings.worker_threads,
        periodic=False,
        initial_delay=0.1,
        max_delay=1.0,
        graceful_signal="TERM",
    )
    _log.info("worker_started", threads=parts.settings.worker_threads)
    consumer.run()
    stop.set()


if __name__ == "__main__":
    run(create_app())
