"""`python -m model_store.ready`: may requests be sent here? Exit status 0 yes, 1 not now, said in one line.

Ready: the default version's workers have loaded it and warmed up (a worker is READY only after that), the
server is not being stopped, and in a cluster it serves the default that the gateway's routes name. `--live`
asks less: does TorchServe answer at all (`/ping`, which is fine before a model has loaded and after it has
failed)? For a restart of what hangs, and for nothing else.
"""

import argparse
import os
import sys
from pathlib import Path

from model_store.serve import (
    CATCHING_UP,
    DRAINING,
    NotReadyError,
    Ports,
    describe,
    is_enough,
    ping,
    read_keys,
)

DEFAULT_VAR = "var"


def why_not(ports: Ports, folder: Path, name: str) -> str | None:
    """Return why requests should not be sent here; None where they may."""
    if (folder / DRAINING).exists():
        return "it is being stopped"
    if (folder / CATCHING_UP).exists():
        return "the gateway's default is not served yet"
    try:
        described = describe(ports, read_keys(folder), name)
    except NotReadyError as error:
        return str(error)
    return None if is_enough(described) else f"version {described['modelVersion']} has too few workers ready"


def main(arguments: list[str]) -> int:
    """Ask and answer by the exit status."""
    parser = argparse.ArgumentParser(prog="python -m model_store.ready", description=__doc__)
    folder = Path(os.environ.get("KI67_VAR", DEFAULT_VAR)) / "torchserve"
    parser.add_argument("--folder", type=Path, default=folder, help="TorchServe's working folder")
    for name, port in (("inference", "8080"), ("management", "8081")):
        configured = os.environ.get(f"KI67_TORCHSERVE_{name.upper()}_PORT", port)
        parser.add_argument(f"--{name}-port", type=int, default=configured)
    parser.add_argument("--name", default="ki67", help="the model")
    parser.add_argument("--live", action="store_true", help="ask only whether TorchServe answers")
    chosen = parser.parse_args(arguments)
    ports = Ports(chosen.inference_port, chosen.management_port)
    if chosen.live:
        problem = None if ping(ports, chosen.folder) else "TorchServe does not answer"
    else:
        problem = why_not(ports, chosen.folder, chosen.name)
    sys.stdout.write(f"{problem or 'ready'}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
