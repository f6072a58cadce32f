"""How to start TorchServe in the foreground, and how to know that it can score.

Flow: ports, a working folder, archives -> `prepare` (writes TorchServe's settings) -> `Launch` (command,
environment, folder) for whoever runs processes -> `wait_until_ready`. Java is started directly, not through
the `torchserve` script: a signal then reaches the server itself, and several can run on one machine.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from handler.in_flight import FOLDER as IN_FLIGHT
from model_store.java import Java, find_java

HERE = Path(__file__).resolve().parent
KEY_FILE, SETTINGS = "key_file.json", "config.properties"
LAUNCH, DRAINING, CATCHING_UP = "launch.json", "draining", "catching-up"
"""In the working folder: what `model_store.supervise` starts; there while it drains; and there while what
it serves is not yet what the gateway's routes want (`model_store.container`)."""
DRAIN_GRACE_S = 60.0
HEAP = ("-Xms256m", "-XX:+AlwaysPreTouch", "-Xmx3g")
"""Taken at once: else Java takes the same memory over hours, which cannot be told from a leak."""
_NO_TOKENS = "disable_token_authorization"

PASSED_ON = (
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "USER",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
)
"""Environment variables that TorchServe and its workers get; secrets of other programs are not among them."""

_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Calls within this machine: a proxy of the environment must neither see the key nor answer."""

LONGEST_SOCKET_FOLDER = 80
"""Characters; workers listen on Unix sockets, whose whole path must stay below 108."""


@dataclass(frozen=True)
class Ports:
    """TorchServe's HTTP ports, all on loopback unless `Reach` says otherwise."""

    inference: int = 8080
    management: int = 8081
    metrics: int = 8082


@dataclass(frozen=True)
class Reach:
    """Who can call: the address that the ports are on, and whether callers need TorchServe's keys.

    It draws its keys at each start: several behind one address have none in common, and network policies
    take their place.
    """

    address: str = "127.0.0.1"
    tokens: bool = True


LOOPBACK = Reach()


@dataclass(frozen=True)
class Launch:
    """A process to start: `command` in `folder` with exactly `environment`."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class Keys:
    """TorchServe's keys of this start, for `Authorization: Bearer KEY`; empty: it asks for none."""

    inference: str = ""
    management: str = ""


class NotReadyError(Exception):
    """TorchServe cannot score yet, or never will; the message says why."""


def prepare(
    ports: Ports,
    folder: Path,
    archives: Sequence[Path],
    *,
    model_api: bool = False,
    reach: Reach = LOOPBACK,
) -> Launch:
    """Write TorchServe's settings into `folder` and return how to start it with these archives.

    The archives lie in one folder; `model_api` lets versions be registered and removed while it runs.
    Keys of an earlier start are removed, so nobody takes them for this one's. Raises NoJavaError, and
    ValueError where the archives do not lie together.
    """
    java = find_java()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in (KEY_FILE, CATCHING_UP):
        (folder / left).unlink(missing_ok=True)
    settings = folder / SETTINGS
    settings.write_text(_settings(ports, archives, reach, model_api=model_api), encoding="utf-8")
    temporary = _temporary_folder(folder)
    return Launch(_command(java, settings, temporary), _environment(temporary), folder)


def supervised(launch: Launch, ports: Ports, grace_s: float = DRAIN_GRACE_S) -> Launch:
    """Return how to run a prepared server so that SIGTERM drops no request (`model_store.supervise`).

    It takes up to `grace_s` to end, and then ends anyway.
    """
    told = {
        "command": launch.command,
        "ports": asdict(ports),
        "in_flight": str(Path(launch.environment["TMPDIR"]) / "models" / IN_FLIGHT),
        "grace_s": grace_s,
    }
    (launch.folder / LAUNCH).write_text(json.dumps(told), encoding="utf-8")
    command = (sys.executable, "-m", "model_store.supervise", str(launch.folder))
    return Launch(command, launch.environment, HERE.parent)


def read_keys(folder: Path) -> Keys:
    """Read the keys TorchServe wrote in its working folder, empty ones where it asks for none.

    Raises NotReadyError where they are not there yet.
    """
    if not _asks_for_keys(folder):
        return Keys()
    try:
        written = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))
        return Keys(written["inference"]["key"], written["management"]["key"])
    except (OSError, ValueError, KeyError) as error:
        raise NotReadyError(f"no keys of TorchServe in {folder}") from error


def _asks_for_keys(folder: Path) -> bool:
    settings = folder / SETTINGS
    return not settings.is_file() or f"{_NO_TOKENS}=true" not in settings.read_text(encoding="ascii")


def describe(ports: Ports, keys: Keys, name: str = "ki67", version: str | None = None) -> dict[str, Any]:
    """Ask the management API about one version of a model; raises NotReadyError where it gives no answer."""
    return _described(ports, keys, f"{name}/{version}" if version else name)[0]


def describe_all(ports: Ports, keys: Keys, name: str = "ki67") -> list[dict[str, Any]]:
    """Ask the management API about every version of a model; raises NotReadyError."""
    return _described(ports, keys, f"{name}/all")


def _described(ports: Ports, keys: Keys, which: str) -> list[dict[str, Any]]:
    address = f"http://127.0.0.1:{ports.management}/models/{which}"
    request = urllib.request.Request(address, headers=_authorization(keys.management))
    try:
        with _NO_PROXY.open(request, timeout=10) as answer:
            described: list[dict[str, Any]] = json.load(answer)
    except (OSError, ValueError) as error:
        raise NotReadyError(f"TorchServe does not describe {which}: {error}") from error
    return described


def _authorization(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def ping(ports: Ports, folder: Path) -> bool:
    """Tell whether TorchServe answers: it lives, and may have no model that can score."""
    try:
        headers = _authorization(read_keys(folder).inference)
        request = urllib.request.Request(f"http://127.0.0.1:{ports.inference}/ping", headers=headers)
        with _NO_PROXY.open(request, timeout=10):
            return True
    except (OSError, NotReadyError):
        return False


def is_ready(ports: Ports, folder: Path, name: str = "ki67", version: str | None = None) -> bool:
    """Tell whether enough workers have loaded the model and warmed up; `/ping` would not tell."""
    try:
        described = describe(ports, read_keys(folder), name, version)
    except NotReadyError:
        return False
    return is_enough(described)


def is_enough(described: Mapping[str, Any]) -> bool:
    """Tell whether as many workers are READY as the version wants, and one at least."""
    ready = sum(worker["status"] == "READY" for worker in described["workers"])
    return bool(ready >= max(1, described["minWorkers"]))


def wait_until_ready(
    ports: Ports,
    folder: Path,
    timeout_s: float = 120.0,
    *,
    name: str = "ki67",
    is_running: Callable[[], bool] = lambda: True,
) -> None:
    """Wait until the model can score; raises NotReadyError after `timeout_s` or once `is_running` says no."""
    deadline = time.monotonic() + timeout_s
    while not is_ready(ports, folder, name):
        if not is_running():
            raise NotReadyError("TorchServe has stopped before its model was ready")
        if time.monotonic() >= deadline:
            raise NotReadyError(f"the model {name} was not ready after {timeout_s:g} s")
        time.sleep(0.25)


def _settings(ports: Ports, archives: Sequence[Path], reach: Reach, *, model_api: bool) -> str:
    (store,) = {archive.resolve().parent for archive in archives}
    template = (HERE / SETTINGS).read_text(encoding="utf-8")
    return template.format(
        address=reach.address,
        no_tokens=str(not reach.tokens).lower(),
        inference_port=ports.inference,
        management_port=ports.management,
        metrics_port=ports.metrics,
        archives=_escaped(str(store)),
        models=_escaped(",".join(archive.name for archive in archives)),
        model_api=str(model_api).lower(),
        metrics_config=_escaped(str(HERE / "metrics.yaml")),
    )


def _escaped(value: str) -> str:
    """Write a value as a Java properties file wants it: ASCII, everything else as UTF-16 units."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (units[at] * 256 + units[at + 1] for at in range(0, len(units), 2))
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04x}" for unit in pairs)


def _temporary_folder(folder: Path) -> Path:
    """Return an empty folder, ours alone, where TorchServe unpacks archives and its workers listen."""
    inside = folder / "tmp"
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"ki67-torchserve-{os.getuid()}-{digest}"
    chosen = inside if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER else short
    chosen.mkdir(mode=0o700, exist_ok=True)
    if chosen.is_symlink() or chosen.stat().st_uid != os.getuid():
        raise PermissionError(f"{chosen} belongs to somebody else")
    shutil.rmtree(chosen / "models", ignore_errors=True)  # unpacked archives of a server that was killed
    return chosen


def _command(java: Java, settings: Path, temporary: Path) -> tuple[str, ...]:
    packages = _folder_of("ts").parent
    return (
        str(java.executable),
        *java.quiet_options,
        *HEAP,
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dmodel_server_home={packages}",
        f"-Djava.io.tmpdir={temporary}",
        f"-Dlog4j.configurationFile={(HERE / 'log4j2.xml').as_uri()}",
        "-cp",
        str(packages / "ts" / "frontend" / "*"),
        "org.pytorch.serve.ModelServer",
        "--python",
        sys.executable,
        "-f",
        str(settings),
        "-ncs",
    )


def _folder_of(package: str) -> Path:
    """Find an installed package without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the package {package} is not installed")
    return Path(found.origin).parent


def _environment(temporary: Path) -> dict[str, str]:
    """Return what the server and its workers get; no PYTHONPATH, which would go before the archive's code."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return passed_on | {
        "PATH": os.pathsep.join(folders),
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
        # Threads that wait must sleep: spinning ones take a shared core from those they wait for.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
