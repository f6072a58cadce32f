"""Keeps one TorchServe of a cluster as the gateway's routes want it: the routes in, versions registered out.

Flow: at the start, routes (or nobody answers) -> archives to load. Then every few seconds: routes -> what is
missing is registered, the default follows -> `catching-up` lies in the folder while the default is not served
here, so that nothing is sent. A pod that restarts, or comes up while versions are changed, ends up like the
others. What the routes do not know is left alone: whoever unregisters removes it.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from model_store.archive import NAME, ArchiveError, sha256_of
from model_store.failures import RefusedError, UnreachableError, VersionsError
from model_store.operator import Operator
from model_store.routes import Gateway, Routes
from model_store.serve import CATCHING_UP

EVERY_S, SOON_S = 15.0, 2.0
"""Between two looks at the routes; and where somebody did not answer."""
_PAUSE_S = 0.5

Say = Callable[[str], None]


def ask(gateway: Gateway, patience_s: float) -> Routes | None:
    """Return the routes; None where the gateway does not tell them in time, as before it is installed."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return gateway.routes()
        except VersionsError:
            if time.monotonic() > deadline:
                return None
            time.sleep(_PAUSE_S)


def archives_at_start(routes: Routes | None, configured: Sequence[str], store: Path, say: Say) -> list[Path]:
    """Return what to load, the default's archive first: the routes' versions, or those configured.

    An archive of the routes that is missing or another one is left out and told, also where only those
    configured are left. Raises ArchiveError where nothing is left.
    """
    known = _wanted(routes) if routes else {}
    for wanted in (known, {each: known.get(each) for each in configured}):
        if found := [path for each, sha256 in wanted.items() if (path := _checked(store, each, sha256, say))]:
            return found
    raise ArchiveError(f"no archive in {store} can be served")


def _wanted(routes: Routes) -> dict[str, str | None]:
    """Return the SHA-256 of each version of the routes, where they know it, the default's first."""
    known = sorted(routes.versions, key=lambda each: each.version != routes.default)
    return {each.version: each.archive_sha256 for each in known}


def _checked(store: Path, version: str, sha256: str | None, say: Say) -> Path | None:
    archive = store / f"{NAME}-{version}.mar"
    if not archive.is_file():
        say(f"version {version} is not served: {archive} is missing")
    elif sha256 not in (None, sha256_of(archive)):
        say(f"version {version} is not served: {archive} is not the one in the routes")
    else:
        return archive
    return None


class Following:
    """Looks at the routes for ever; `operator` speaks to one TorchServe alone, which works in `folder`."""

    def __init__(self, operator: Operator, gateway: Gateway, folder: Path, say: Say) -> None:
        self._operator, self._gateway, self._say = operator, gateway, say
        self._mark = folder / CATCHING_UP
        self._said: str | None = None

    def run(self) -> None:
        """Follow until the process ends."""
        while True:
            time.sleep(EVERY_S if self.look() else SOON_S)

    def look(self) -> bool:
        """Follow the routes once; tell whether gateway and TorchServe both answered."""
        try:
            default = self._gateway.routes().default
            self._mark_unless_serving(default)
            problem = self._restored()
            self._mark_unless_serving(default)
        except UnreachableError as error:
            self._tell(str(error))
            return False
        except RefusedError as error:  # the gateway does not take the key yet
            problem = str(error)
        except Exception as error:  # the pod serves on, and the next look may fare better
            self._tell(type(error).__name__)
            return False
        self._tell(problem)
        return True

    def _mark_unless_serving(self, default: str) -> None:
        serves = all(replica.version(default) is not None for replica in self._operator.replicas)
        if serves:
            self._mark.unlink(missing_ok=True)
        else:
            self._mark.touch()

    def _restored(self) -> str | None:
        try:
            self._operator.restore()
        except RefusedError as error:
            return str(error)
        return None

    def _tell(self, problem: str | None) -> None:
        if problem not in (None, self._said):
            self._say(f"following the routes: {problem}")
        self._said = problem
