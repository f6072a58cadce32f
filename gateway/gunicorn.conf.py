"""How gunicorn serves the gateway: threads, as the work waits on I/O. Everything comes from the settings.

`gunicorn --config gateway/gunicorn.conf.py 'gateway:create_app()'`
"""

import os
import shutil
import socket
import struct
import tempfile
from typing import Any

# prometheus_client decides when it is imported, which the gateway does, whether processes share their counts;
# where they do so it reads anew in each process.
with tempfile.TemporaryDirectory() as _while_importing:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _while_importing
    from gateway.settings import Settings

_settings = Settings()
bind = _settings.bind
worker_class = "gthread"
workers = _settings.processes
threads = _settings.threads
timeout = 120
graceful_timeout = 30
keepalive = 15
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "error"  # warnings quote requests
logger_class = "gateway.server_log.ServerLog"
limit_request_line = 4094
limit_request_fields = 50
worker_tmp_dir = None
forwarded_allow_ips = ""  # whom to believe is GATEWAY_TRUSTED_PROXIES

_metrics_folder = _settings.folder / "metrics"


def on_starting(_server: Any) -> None:
    """Begin with empty counts."""
    shutil.rmtree(_metrics_folder, ignore_errors=True)
    _metrics_folder.mkdir(parents=True, exist_ok=True)  # a volume of its own cannot be removed


def when_ready(server: Any) -> None:
    """Bound every wait for a client: accepted sockets inherit this, gunicorn itself waits for ever."""
    seconds, part = divmod(_settings.client_stall_seconds, 1)
    limit = struct.pack("ll", int(seconds), int(part * 1_000_000))
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, limit)


def child_exit(_server: Any, worker: Any) -> None:
    """Let go of a dead process's gauges."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - imported with the gateway

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics_folder)
# ruff: noqa: N999 - gunicorn's own name for it
