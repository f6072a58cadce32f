"""What is loaded: a stack of our own, any gateway by its address, or TorchServe itself.

Out: a `Target`: how it is asked, its metrics' addresses, its processes where they are on this machine.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.errors import CannotMeasureError
from benchmark.places import NAME, ROOT
from benchmark.servers.whole import Whole, running_whole
from loadtest.errors import CannotTestError
from loadtest.plan import Reviewer
from loadtest.services import Engine, Gateway
from model_store.serve import NotReadyError, read_keys

REVIEWER = "reviewer@example.org"
PATIENCE = {"GATEWAY_QUEUE_LIMIT_SECONDS": "10"}
"""Of a site whose people want their result now: beyond the knee it sheds within a step of the profile."""
REVIEWER_SCOPES = ("analyses:read", "assignments:read", "assignments:write", "reviews:read", "reviews:write")


@dataclass(frozen=True)
class Target:
    """A service that answers; `roots` are process ids whose children are followed.

    `own_version` is what a stack of our own serves, on this machine and for us alone.
    """

    service: Gateway | Engine
    key: str
    metrics: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[int, ...] = ()
    reviewer: Reviewer | None = None
    model_path: str = ""
    own_version: str | None = None


@contextmanager
def own_stack(version: str, label: str) -> Iterator[Target]:
    """Start all that `make run` starts, in a folder that is gone afterwards; raises CannotTestError."""
    with tempfile.TemporaryDirectory(prefix="ki67-loadtest-") as folder:
        try:
            with running_whole(Path(folder), version, PATIENCE) as whole:
                yield _own(whole, label, version)
        except CannotMeasureError as error:
            raise CannotTestError(str(error)) from error


def any_gateway(url: str, key: str, label: str, reviewer_key: str, torchserve_metrics: str | None) -> Target:
    """Return a gateway that runs somewhere, with its TorchServe's metrics where their address is known."""
    metrics = {"gateway": f"{url}/metrics"} | (
        {"torchserve": torchserve_metrics} if torchserve_metrics else {}
    )
    reviewer = Reviewer(reviewer_key, Gateway(url, reviewer_key, label).address()) if reviewer_key else None
    return Target(Gateway(url, key, label), key, metrics, reviewer=reviewer)


def torchserve_itself(url: str, key_file: Path | None, metrics: str | None) -> Target:
    """Return TorchServe, which tells gateway from engine; `key_file` is the one it writes."""
    try:
        key = read_keys(key_file.parent).inference if key_file else ""
    except NotReadyError as error:
        raise CannotTestError(f"{error}.") from error
    path = f"/predictions/{NAME}"
    return Target(Engine(url, key, path), key, {"torchserve": metrics} if metrics else {}, model_path=path)


def _own(whole: Whole, label: str, version: str) -> Target:
    url, ports = f"http://127.0.0.1:{whole.gateway.port}", whole.torchserve.ports
    return Target(
        Gateway(url, whole.gateway.key, label),
        whole.gateway.key,
        {"gateway": f"{url}/metrics", "torchserve": f"http://127.0.0.1:{ports.metrics}/metrics"},
        (whole.process.pid,),
        Reviewer(_new_reviewers_key(whole.var), REVIEWER),
        own_version=version,
    )


def _new_reviewers_key(var: Path) -> str:
    """Make a pathologist in the demonstration's organisation, and a key of theirs."""
    scopes = [word for scope in REVIEWER_SCOPES for word in ("--scope", scope)]
    command = [sys.executable, "-m", "flask", "--app", "gateway", "create-api-key"]
    command += ["--organisation", "Demonstration", "--email", REVIEWER, "--role", "pathologist", *scopes]
    settings = {"KI67_VAR": str(var), "GATEWAY_SECRET_FILE": str(var / "gateway-secret")}
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotTestError(f"No key could be made for the reviewer: {done.stderr.strip()[-300:]}")
    return done.stdout.strip().splitlines()[-1]
