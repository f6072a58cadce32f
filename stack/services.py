"""The three services of one machine, and what must be done once before they start.

Flow: settings -> archive of the model, secret, database -> `Service`s for the supervisor. Everything that
changes lies in the data folder; everything listens on loopback unless GATEWAY_HOST says otherwise.
"""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from model_store import serve
from model_store.archive import build_archive
from model_store.served import archives_to_serve
from stack.settings import ROOT, StackSettings
from stack.supervisor import Service

GATEWAY_GRACE_S = 35.0
"""Longer than gunicorn's graceful_timeout, so that requests under way are answered before it is killed."""
TORCHSERVE_DRAIN_S, TORCHSERVE_STOP_S = 15.0, 12.0
"""Gateway and worker are stopped first, so that what it still works on then is what nobody waits for."""
PREPARATION = ("prepare-database", "--wait", "0", "--demonstration")


class SetupError(Exception):
    """Something that comes before the services failed; the message is a sentence."""


def archives(
    settings: StackSettings, say: Callable[[str], None] = print, *, afresh: bool = True
) -> list[Path]:
    """Return the archives to serve, the default's first: those configured, and those registered since.

    The configured ones are built from the sources as they are now, a second each; registered ones stay as
    they were registered.
    """
    folder = settings.var / "model-archives"
    return archives_to_serve(
        folder,
        settings.versions,
        lambda version, into: build_archive(version, into, ROOT),
        say,
        afresh=afresh,
    )


def make_secret(settings: StackSettings) -> None:
    """Draw, once, the secret that keys the hashes of API keys."""
    path = secret_file(settings)
    if not path.exists() or not path.stat().st_size:
        _write_secret(path, secrets.token_hex(32))


def prepare_database(settings: StackSettings) -> None:
    """Bring the database up to date and make sure that a user's and an operator's key lie in the folder."""
    log = log_folder(settings) / "setup.log"
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603 - our own tool
            [_tool("flask"), "--app", "gateway", *PREPARATION],
            cwd=ROOT,
            env=_gateway_environment(settings),
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode != 0:
        raise SetupError(f"`flask {' '.join(PREPARATION)}` failed; the end of {log} says why.")


def torchserve(settings: StackSettings, say: Callable[[str], None] = print) -> Service:
    """Return TorchServe, which drains before it stops.

    Each start of it forgets what an earlier one left behind, and serves what was registered by then.
    """
    ports = torchserve_ports(settings)

    def prepare(*, afresh: bool = False) -> serve.Launch:
        found = archives(settings, say, afresh=afresh)
        launch = serve.prepare(ports, torchserve_folder(settings), found, model_api=True)
        return serve.supervised(launch, ports, TORCHSERVE_DRAIN_S)

    launch = prepare(afresh=True)
    return Service(
        name="torchserve",
        command=launch.command,
        folder=launch.folder,
        environment=launch.environment,
        before_start=prepare,
        grace_s=TORCHSERVE_DRAIN_S + TORCHSERVE_STOP_S,
        log=log_folder(settings) / "torchserve.log",
        log_bytes=settings.ki67_log_mib * 2**20,
    )


def worker(settings: StackSettings) -> Service:
    """Return the worker, which finishes what the gateway queued."""
    return _gateway_service(settings, "worker", (sys.executable, "-m", "gateway.worker"))


def gateway(settings: StackSettings) -> Service:
    """Return the gateway."""
    command = (_tool("gunicorn"), "--config", "gateway/gunicorn.conf.py", "gateway:create_app()")
    return _gateway_service(settings, "gateway", command)


def torchserve_ports(settings: StackSettings) -> serve.Ports:
    """Return TorchServe's ports."""
    return serve.Ports(
        inference=settings.ki67_torchserve_inference_port,
        management=settings.ki67_torchserve_management_port,
        metrics=settings.ki67_torchserve_metrics_port,
    )


def torchserve_folder(settings: StackSettings) -> Path:
    """Return TorchServe's working folder, where it writes its keys."""
    return settings.var / "torchserve"


def log_folder(settings: StackSettings) -> Path:
    """Return the folder of logs."""
    folder = settings.var / "log"
    folder.mkdir(exist_ok=True)
    return folder


def secret_file(settings: StackSettings) -> Path:
    """Return the file of the gateway's secret."""
    return settings.var / "gateway-secret"


def _gateway_service(settings: StackSettings, name: str, command: tuple[str, ...]) -> Service:
    return Service(
        name=name,
        command=command,
        folder=ROOT,
        environment=_gateway_environment(settings),
        grace_s=GATEWAY_GRACE_S,
        log=log_folder(settings) / f"{name}.log",
        log_bytes=settings.ki67_log_mib * 2**20,
    )


def _gateway_environment(settings: StackSettings) -> dict[str, str]:
    """Return our environment with the gateway pointed at this run's folder, ports and secret."""
    ours = {
        "GATEWAY_HOST": settings.gateway_host,
        "GATEWAY_PORT": str(settings.gateway_port),
        "GATEWAY_MODEL_VERSION": os.environ.get("GATEWAY_MODEL_VERSION", settings.versions[0]),
        "GATEWAY_KNOWN_VERSIONS": os.environ.get("GATEWAY_KNOWN_VERSIONS", ",".join(settings.versions)),
        "GATEWAY_TORCHSERVE_URL": f"http://127.0.0.1:{settings.ki67_torchserve_inference_port}",
        "KI67_VAR": str(settings.var),
        "PYTHONUNBUFFERED": "1",
    }
    if "GATEWAY_SECRET" not in os.environ:
        ours |= {"GATEWAY_SECRET_FILE": os.environ.get("GATEWAY_SECRET_FILE", str(secret_file(settings)))}
    return os.environ | ours


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its mode is 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(text)
        target.flush()
        os.fsync(descriptor)
    Path(temporary).replace(path)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)
