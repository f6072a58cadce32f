"""What an operator does with versions, each verb a plan: checks first, then steps, in an order that is safe.

Flow: TorchServes, gateway (or none), store -> checks that refuse -> steps, run or only told -> `Outcome`.
Images are routed to a version only after every TorchServe has it ready, and away from it before any lets go.
Each verb may be asked again: what is so already is told and left alone.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from model_store.archive import ROOT
from model_store.failures import RefusedError, UnreachableError
from model_store.replica import Replica
from model_store.routes import Gateway, KnownVersion, Routes, Share, Use
from model_store.served import Served

IDLE_S = 60.0
"""A version that is unregistered may take so long to answer what it has."""


@dataclass
class Outcome:
    """What was done, or would be, in sentences; and facts for scripts."""

    did: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Operator:
    """Whom to speak to; `dry` only tells the steps.

    `memory`: the folder of what a TorchServe that starts anew serves; None where it asks the routes itself.
    """

    replicas: list[Replica]
    gateway: Gateway | None
    store: Path
    dry: bool = False
    say: Callable[[str], None] = lambda text: None
    root: Path = ROOT
    memory: Path | None = None

    def register(self, version: str, folder: Path | None = None, archive: Path | None = None) -> Outcome:
        """Bring a version up everywhere, then let the gateway know it."""
        from model_store.registering import candidate, candidate_of_archive, register_on  # noqa: PLC0415

        done = Outcome()
        with tempfile.TemporaryDirectory(prefix="ki67-register-") as scratch:
            found = (
                candidate_of_archive(archive)
                if archive
                else candidate(version, folder, Path(scratch), self.root)
            )
            if found.version != version:
                raise RefusedError(f"the archive is version {found.version} and not {version}")
            done.facts = {"version": version, "archive_sha256": found.sha256, **found.identity}
            told: list[dict[str, Any]] = []
            self._step(
                done,
                f"registered version {version} ({found.sha256[:12]}) with {len(self.replicas)} TorchServe",
                lambda: told.extend(register_on(self.replicas, found, self.store, self.say)),
            )
            self._remember(done, self._served().with_version(version, found.sha256))
            engine = told[0].get("engine") if told else None
            known = KnownVersion(version, found.identity["weights_sha256"], found.sha256, engine)
        if self.gateway is not None:
            routes = self.gateway.routes()
            if known not in routes.versions:
                self._put(done, f"the gateway knows version {version}", routes.with_version(known))
        done.facts |= {"engine": engine}
        return done

    def scale(self, version: str, workers: int) -> Outcome:
        """Bring a version to that many workers everywhere."""
        done = Outcome(facts={"version": version, "workers": workers})
        for replica in self.replicas:
            described = self._registered(replica, version)
            if described["minWorkers"] == workers == described["maxWorkers"]:
                done.did.append(f"{replica.address}: version {version} has {workers} workers already")
                continue
            self._refuse_short_memory(replica, version, workers - len(described["workers"]))
            self._step(
                done,
                f"{replica.address}: version {version} has {workers} workers",
                self._scaling(replica, version, workers),
            )
        return done

    def share(self, use: Use, version: str, percent: float) -> Outcome:
        """Let a version score a share of the images, as a canary (it answers) or shadow (it does not)."""
        routes = self._gateway().routes()
        now: Share | None = getattr(routes, use)
        done = Outcome(facts={"version": version, use: percent})
        if percent == 0:
            if now is None or now.version != version:
                done.did.append(f"version {version} is no {use}")
                return done
            return self._put(done, f"version {version} is no {use} any more", routes.with_share(use, None))
        if routes.default == version:
            raise RefusedError(f"version {version} is the default: it scores what no {use} does")
        self._refuse_unless_usable(routes, version)
        wanted = Share(version, percent)
        if now == wanted:
            done.did.append(f"version {version} is {use} of {percent:g} % already")
            return done
        return self._put(done, f"version {version} is {use} of {percent:g} %", routes.with_share(use, wanted))

    def promote(self, version: str | None = None) -> Outcome:
        """Make a version, the canary unless named, the default: the gateway's, then TorchServe's."""
        routes = self.gateway.routes() if self.gateway else None
        version = version or (routes.canary.version if routes and routes.canary else None)
        if version is None:
            raise RefusedError(f"there is no canary to promote; name a version{_withdrawal(routes)}")
        self._refuse_unless_usable(routes, version)
        done = Outcome(facts={"default": version} | self._disagreement(version))
        return self._make_default(done, routes, version, rolled_back=False)

    def rollback(self) -> Outcome:
        """Go back to the default before this one; it must still be registered."""
        routes = self.gateway.routes() if self.gateway else None
        served = self._served()
        version = routes.previous if routes else served.previous
        if version is None:
            raise RefusedError("there is no version to go back to")
        if version == served.rolled_back:
            now = routes.default if routes else served.default
            return Outcome([f"version {now} is the default again already; promote {version} to return to it"])
        self._refuse_unless_usable(routes, version)
        return self._make_default(Outcome(facts={"default": version}), routes, version, rolled_back=True)

    def unregister(self, version: str) -> Outcome:
        """Let go of a version: the gateway first, then each TorchServe once it has answered what it has."""
        routes = self.gateway.routes() if self.gateway else None
        self._refuse_used(routes, version)
        done = Outcome(facts={"version": version})
        if routes is not None and routes.knows(version):
            self._put(
                done, f"the gateway sends nothing more to version {version}", routes.without_version(version)
            )
        for replica in self.replicas:
            if replica.version(version) is None:
                done.did.append(f"{replica.address}: version {version} is not registered")
                continue
            if replica.default() == version:
                self._default_elsewhere(done, replica, routes, version)
            self._step(
                done, f"{replica.address}: version {version} is unregistered", self._removal(replica, version)
            )
        self._remember(done, self._served().without_version(version))
        return done

    def restore(self) -> Outcome:
        """Bring every TorchServe to what the routes say, as one that started anew.

        What cannot be brought up does not keep the others back; then raises RefusedError with the reasons.
        """
        routes = self._gateway().routes()
        done, problems = Outcome(facts={"default": routes.default}), list[str]()
        for known in sorted(routes.versions, key=lambda each: each.version != routes.default):
            try:
                self._bring_back(done, known)
            except RefusedError as error:
                problems.append(str(error))
        for replica in self.replicas:
            if replica.default() != routes.default and replica.version(routes.default) is not None:
                self._step(
                    done,
                    f"{replica.address}: {routes.default} is the default",
                    self._defaulting(replica, routes.default),
                )
        if problems:
            raise RefusedError("; ".join(problems))
        if not done.did:
            done.did.append("every TorchServe has what the routes say")
        return done

    def _bring_back(self, done: Outcome, known: KnownVersion) -> None:
        """Register a version of the routes wherever it is missing; its very archive was tried before."""
        from model_store.registering import candidate_of_archive, register_on  # noqa: PLC0415

        missing = [replica for replica in self.replicas if replica.version(known.version) is None]
        if not missing or not self._gateway().routes().knows(known.version):  # nobody took it away meanwhile
            return
        found = candidate_of_archive(self.store / f"ki67-{known.version}.mar")
        if known.archive_sha256 not in (None, found.sha256):
            raise RefusedError(f"{found.archive} is not the archive of version {known.version} in the routes")
        what = f"registered version {known.version} with {len(missing)} TorchServe"
        is_tried = known.archive_sha256 == found.sha256
        self._step(done, what, partial(register_on, missing, found, self.store, self.say, is_tried=is_tried))

    def _make_default(
        self, done: Outcome, routes: Routes | None, version: str, *, rolled_back: bool
    ) -> Outcome:
        before = routes.default if routes else self.replicas[0].default()
        if routes is not None and self.gateway is not None and routes.default != version:
            # A canary is measured against the default, so none outlives it.
            kept = routes.shadow if routes.shadow and routes.shadow.version != version else None
            wanted = replace(routes, default=version, canary=None, shadow=kept)
            self._put(done, f"version {version} is the gateway's default", wanted)
        for replica in self.replicas:
            if replica.default() != version:
                self._step(
                    done, f"{replica.address}: {version} is the default", self._defaulting(replica, version)
                )
        self._remember(done, self._served().with_default(version, before, rolled_back=rolled_back))
        if not done.did:
            done.did.append(f"version {version} is the default already")
        return done

    def _default_elsewhere(
        self, done: Outcome, replica: Replica, routes: Routes | None, version: str
    ) -> None:
        """Give a TorchServe another default than the version that goes; raises RefusedError without one."""
        if routes is None or replica.version(routes.default) is None:
            raise RefusedError(f"{replica.address}: version {version} is its default; promote another first")
        self._step(
            done,
            f"{replica.address}: {routes.default} is the default",
            self._defaulting(replica, routes.default),
        )

    def _refuse_used(self, routes: Routes | None, version: str) -> None:
        uses = routes.uses_of(version) if routes else []
        if not routes and any(replica.default() == version for replica in self.replicas):
            uses = ["default"]
        if uses:
            raise RefusedError(
                f"version {version} is the {' and '.join(uses)}; give that to another version first"
            )

    def _refuse_unless_usable(self, routes: Routes | None, version: str) -> None:
        if routes is not None and not routes.knows(version):
            raise RefusedError(f"the gateway does not know version {version}; register it first")
        for replica in self.replicas:
            self._registered(replica, version)
            if not replica.is_ready(version):
                raise RefusedError(f"{replica.address}: version {version} has too few workers ready")

    def _refuse_short_memory(self, replica: Replica, version: str, more: int) -> None:
        from model_store.registering import RESERVE_BYTES  # noqa: PLC0415

        memory = replica.own_words(version).get("memory", {}) if more > 0 else {}
        taken, free = memory.get("resident_bytes"), memory.get("available_bytes")
        if taken and free and more * taken + RESERVE_BYTES > free:
            raise RefusedError(
                f"{replica.address}: memory is short: {more} more workers of version {version} need about "
                f"{more * taken >> 20} MiB of {free >> 20} MiB"
            )

    def _registered(self, replica: Replica, version: str) -> dict[str, Any]:
        described = replica.version(version)
        if described is None:
            raise RefusedError(f"{replica.address}: version {version} is not registered")
        return described

    def _gateway(self) -> Gateway:
        if self.gateway is None:
            raise RefusedError("shares are the gateway's: this needs one")
        return self.gateway

    def _disagreement(self, version: str) -> dict[str, Any]:
        """Return what was measured of a version beside the current one, to be told before it is promoted."""
        if self.gateway is None:
            return {}
        found = (each.get("disagreement") for each in self.gateway.models() if each["version"] == version)
        measured = next(found, None)
        self.say(f"measured beside the current version: {measured or 'nothing yet'}")
        return {"disagreement": measured}

    def _put(self, done: Outcome, what: str, routes: Routes) -> Outcome:
        gateway = self._gateway()
        self._step(done, what, lambda: gateway.put(routes))
        return done

    def _served(self) -> Served:
        return Served.read(self.memory) if self.memory else Served()

    def _remember(self, done: Outcome, served: Served) -> None:
        if (memory := self.memory) is not None:
            self._step(done, None, lambda: served.write(memory))

    def _step(self, done: Outcome, what: str | None, work: Callable[[], object]) -> None:
        if not self.dry:
            work()
        if what is not None:
            done.did.append(f"would: {what}" if self.dry else what)
            self.say(done.did[-1])

    def _scaling(self, replica: Replica, version: str, workers: int) -> Callable[[], None]:
        def scale() -> None:
            replica.scale(version, workers)
            replica.wait_until_ready(version, IDLE_S)

        return scale

    def _defaulting(self, replica: Replica, version: str) -> Callable[[], None]:
        return lambda: replica.set_default(version)

    def _removal(self, replica: Replica, version: str) -> Callable[[], None]:
        def remove() -> None:
            wait_until_idle(replica, version)
            replica.unregister(version)

        return remove


def _withdrawal(routes: Routes | None) -> str:
    """Return, in brackets, that the last canary was taken out by itself; nothing where none was."""
    if routes is None or routes.withdrawn is None:
        return ""
    return f" ({routes.withdrawn['version']} was taken out by itself: {routes.withdrawn['reason']})"


def wait_until_idle(replica: Replica, version: str, timeout_s: float = IDLE_S) -> None:
    """Wait until a version has nothing queued and no worker that answers, twice in a row.

    Raises UnreachableError where that takes too long: somebody still sends to it.
    """
    deadline, idle = time.monotonic() + timeout_s, 0
    while idle < 2:
        described = replica.version(version) or {}
        pending = described.get("jobQueueStatus", {}).get("pendingRequests", 0)
        answers = bool(described.get("workers")) and replica.own_words(version).get("busy_workers", 0) > 0
        is_idle = not pending and not answers
        idle = idle + 1 if is_idle else 0
        if time.monotonic() > deadline:
            raise UnreachableError(
                f"{replica.address}: version {version} is still asked after {timeout_s:g} s"
            )
        time.sleep(0.2)
