"""A container's main program: settings from the environment in, a TorchServe that drains at SIGTERM out.

    python -m model_store.container

Flow: networks that the image has converted -> the cache -> archives to load (`following`) -> `serve.prepare`
-> `supervise`, and beside it `following`, where a gateway is named. Run it below an init such as tini, which
passes signals on and reaps what workers leave.
"""

import shutil
import sys
from pathlib import Path

from handler.engines.cache import default_folder
from model_store import serve
from model_store.archive import NAME, ArchiveError
from model_store.following import Following, archives_at_start, ask
from model_store.java import NoJavaError
from model_store.operator import Operator
from model_store.operator_settings import ContainerSettings
from model_store.replica import Replica
from model_store.routes import Gateway
from model_store.supervise import Supervised, say

ASK_S = 5.0
"""So long a start waits for the gateway to tell the routes."""


def run(settings: ContainerSettings) -> int:
    """Serve until a signal comes; raises ArchiveError, NoJavaError or OSError where that cannot begin."""
    folder = settings.key_file.parent
    if settings.ki67_networks is not None:
        lend(settings.ki67_networks, default_folder())
    gateway = _gateway(settings)
    routes = ask(gateway, ASK_S) if gateway else None
    archives = archives_at_start(routes, settings.versions, settings.archives, say)
    ports = serve.Ports(
        settings.ki67_torchserve_inference_port,
        settings.ki67_torchserve_management_port,
        settings.ki67_torchserve_metrics_port,
    )
    reach = serve.Reach(settings.ki67_bind, tokens=settings.ki67_tokens == "on")
    launch = serve.prepare(ports, folder, archives, model_api=True, reach=reach)
    if routes is not None and archives[0].name != f"{NAME}-{routes.default}.mar":
        (folder / serve.CATCHING_UP).touch()
    serve.supervised(launch, ports, settings.ki67_drain_s)
    follow = _following(settings, gateway, ports).run if gateway else None
    return Supervised(folder, environment=launch.environment, beside=follow).run()


def lend(networks: Path, cache: Path) -> None:
    """Copy converted networks to where workers look for them, each whole or not at all."""
    for converted in networks.iterdir():
        target = cache / converted.name
        if converted.is_dir() and not target.exists():
            copied = cache / f".making-{converted.name}"
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(converted, copied).replace(target)


def _gateway(settings: ContainerSettings) -> Gateway | None:
    if settings.ki67_gateway_url is None:
        return None
    return Gateway(settings.ki67_gateway_url, settings.operator_key, answer_s=ASK_S)


def _following(settings: ContainerSettings, gateway: Gateway, ports: serve.Ports) -> Following:
    replica = Replica(f"http://127.0.0.1:{ports.management}", settings.key_file)
    operator = Operator([replica], gateway, settings.archives, say=say)
    return Following(operator, gateway, settings.key_file.parent, say)


def main() -> int:
    """Run with the environment's settings; what stops it is told in a sentence."""
    try:
        return run(ContainerSettings())
    except (ArchiveError, NoJavaError, OSError) as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
