"""Finds what would stop the services before they start, and says it in one sentence.

In: settings. Out: nothing, or a `PreflightError` whose text says what is wrong and what to do.
"""

import fcntl
import os
import shutil
import socket
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from model_store.java import NoJavaError, find_java
from stack.settings import StackSettings

OLDEST_PYTHON = (3, 11)
TOOLS = ("gunicorn", "flask", "torchserve", "torch-model-archiver")
"""Programs of the environment; TorchServe and the archiver are started as what lies behind their scripts."""


class PreflightError(Exception):
    """A sentence for the person at the terminal."""


def check(settings: StackSettings) -> None:
    """Check everything that needs no service; raises PreflightError at the first obstacle."""
    check_python(sys.version_info[:2])
    check_tools(Path(sys.executable).parent)
    check_java()
    check_folder(settings.var)
    check_disk(settings.var, settings.ki67_min_free_mib)
    check_ports(settings.ports, settings.gateway_host)


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old."""
    if version < OLDEST_PYTHON:
        wanted, found = (".".join(map(str, numbers)) for numbers in (OLDEST_PYTHON, version))
        raise PreflightError(f"Python {wanted} or newer is needed and this is {found}; use `make run`.")


def check_tools(folder: Path) -> None:
    """Refuse an environment in which a program is missing."""
    missing = [tool for tool in TOOLS if not os.access(folder / tool, os.X_OK)]
    if missing:
        raise PreflightError(
            f"{', '.join(missing)} is missing in {folder}; run `make clean` and then `make run`."
        )


def check_java() -> None:
    """Refuse a machine without a Java that can run TorchServe."""
    try:
        find_java()
    except NoJavaError as error:
        raise PreflightError(f"{error}.") from error


def check_folder(folder: Path) -> None:
    """Make the data folder, or an existing one of ours, readable by its owner only."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid():
            with suppress(PermissionError):  # of a file system that knows no modes
                folder.chmod(0o700)
    except OSError as error:
        raise PreflightError(
            f"The data folder {folder} cannot be made ({error.strerror}); set KI67_VAR to another."
        ) from error
    if not os.access(folder, os.W_OK):
        raise PreflightError(f"The data folder {folder} cannot be written to; set KI67_VAR to another.")


def check_disk(folder: Path, min_free_mib: int) -> None:
    """Refuse a disk that is nearly full: a half-written image would be lost."""
    free_mib = shutil.disk_usage(folder).free // 2**20
    if free_mib < min_free_mib:
        raise PreflightError(
            f"The disk of {folder} has {free_mib} MiB free and {min_free_mib} MiB are needed; "
            "make room or set KI67_VAR to a folder on another disk."
        )


def check_ports(ports: dict[str, int], gateway_host: str) -> None:
    """Refuse ports that something listens on, or that are asked for twice."""
    for port, times in Counter(ports.values()).items():
        if times > 1:
            names = " and ".join(name for name, value in ports.items() if value == port)
            raise PreflightError(f"{names} are both {port}; give each its own port.")
    for name, port in ports.items():
        host = gateway_host if name == "GATEWAY_PORT" else "127.0.0.1"
        if problem := _why_not(host, port):
            raise PreflightError(f"Port {port} {problem}; set {name} to another, as in `{name}={port + 1}`.")


def _why_not(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return "may be used by root only"
        except OSError as error:
            return f"cannot be used on {host} ({error.strerror})"
    return None


def lock(folder: Path) -> BinaryIO:
    """Make sure that one run at a time uses the data folder; the lock lasts as long as the file is open."""
    file = (folder / "run.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise PreflightError(
            f"The services of {folder} already run; stop them, or set KI67_VAR and other ports."
        ) from error
    return file
