"""`register`: a version's folder in, a version that can be routed to out, or the reason why not.

Flow: schema -> archive, the same bits everywhere -> rehearsal -> memory -> each TorchServe: register with one
worker, measure it, scale, wait until READY, let it describe itself -> the gateway knows it. What fails is
taken back on every TorchServe where this call registered it; the versions that serve do not notice.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_store.archive import (
    CONFIG,
    IDENTITY,
    NAME,
    ArchiveError,
    build_archive,
    build_archive_of_folder,
    sha256_of,
)
from model_store.archive import ROOT as PROJECT
from model_store.failures import RefusedError, VersionsError
from model_store.rehearsal import rehearse
from model_store.replica import Replica
from model_store.schema import ServingConfig, check_folder

RESERVE_BYTES = 256 * 2**20
"""Of the memory that is free, this much is left to the versions that serve."""
READY_S = 300.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A version about to be registered."""

    version: str
    archive: Path
    sha256: str
    identity: dict[str, Any]
    serving: ServingConfig


def candidate(version: str, folder: Path | None, scratch: Path, root: Path = PROJECT) -> Candidate:
    """Check a folder and build its archive in `scratch`; raises RefusedError."""
    source = folder or root / "model_store" / NAME / version
    newest = root / "model_store" / NAME / "1.1" / "model-config.yaml"
    checked = check_folder(source, newest if folder else None, whole=folder is None)
    if checked.spec.version != version:
        raise RefusedError(f"{source} is version {checked.spec.version} and not {version}")
    try:
        built = (
            build_archive_of_folder(source, scratch, root)
            if folder
            else build_archive(version, scratch, root)
        )
    except ArchiveError as error:
        raise RefusedError(str(error)) from error
    return candidate_of_archive(built)


def candidate_of_archive(archive: Path) -> Candidate:
    """Read what an archive is; raises RefusedError where it is none of ours."""
    try:
        with zipfile.ZipFile(archive) as packed:
            identity = json.loads(packed.read(IDENTITY))
            serving = ServingConfig.model_validate(yaml.safe_load(packed.read(CONFIG)))
            return Candidate(identity["version"], archive, sha256_of(archive), identity, serving)
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError, zipfile.BadZipFile) as error:
        raise RefusedError(f"{archive} is no archive of a version: {error}") from error


def place(found: Candidate, store: Path, *, replaces: bool) -> bool:
    """Copy the archive to TorchServe's store; tell whether it is new there.

    Raises RefusedError where another archive of that name lies there, unless it `replaces` one that nobody
    serves.
    """
    target = store / found.archive.name
    is_other = target.is_file() and sha256_of(target) != found.sha256
    if is_other and not replaces:
        raise RefusedError(
            f"{target.name} lies in the store with other bits ({sha256_of(target)[:12]} and not "
            f"{found.sha256[:12]}); unregister {found.version}, or give the new one a version of its own"
        )
    if target.is_file() and not is_other:
        return False
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=store, prefix=".placed-", delete=False) as copy:
        copy.write(found.archive.read_bytes())
    Path(copy.name).chmod(0o644)
    Path(copy.name).replace(target)
    return True


def register_on(
    replicas: list[Replica], found: Candidate, store: Path, say: Say, *, is_tried: bool = False
) -> list[dict[str, Any]]:
    """Register on every TorchServe, or on none; return what each one's handler tells.

    The archive is tried before, unless these very bits were (`is_tried`).
    """
    there = {replica.address: _is_there(replica, found) for replica in replicas}
    if not all(there.values()):
        for replica in replicas:
            if not there[replica.address]:
                _refuse_short_memory(replica, found)
        if not is_tried:
            say("trying the archive in a process of its own")
            rehearse(found.archive)
    is_new = place(found, store, replaces=not any(there.values()))
    begun: list[Replica] = []
    try:
        for replica in replicas:
            if not there[replica.address]:
                begun.append(replica)
            _bring_up(replica, found, is_there=there[replica.address], say=say)
        return [_told(replica, found) for replica in replicas]
    except VersionsError:
        _take_back(begun, found, store if is_new else None, say)
        raise


def _is_there(replica: Replica, found: Candidate) -> bool:
    """Tell whether the very same version is registered; raises RefusedError where another of its name is."""
    described = replica.version(found.version)
    if described is None:
        return False
    if not described["workers"]:  # what a call that was cut short left behind
        replica.unregister(found.version)
        return False
    replica.wait_until_ready(found.version, READY_S)
    if not _is_same(replica.own_words(found.version), found):
        raise RefusedError(
            f"{replica.address}: another version {found.version} is registered, with other weights or code; "
            "unregister it first, or give the new one another name"
        )
    return True


def _is_same(told: dict[str, Any], found: Candidate) -> bool:
    return all(told.get(name) == found.identity[name] for name in ("weights_sha256", "code_sha256"))


def _refuse_short_memory(replica: Replica, found: Candidate) -> None:
    """Measure what a worker of the default version takes, and refuse where as many new ones do not fit."""
    default = replica.default()
    memory = replica.own_words(default).get("memory", {}) if default else {}
    taken = max(memory.get("resident_bytes") or 0, found.archive.stat().st_size)
    _refuse_unless_they_fit(replica, found, taken, memory.get("available_bytes"), found.serving.minWorkers)


def _refuse_unless_they_fit(
    replica: Replica, found: Candidate, worker_bytes: int, available_bytes: int | None, workers: int
) -> None:
    needed = workers * worker_bytes
    if available_bytes is not None and needed + RESERVE_BYTES > available_bytes:
        raise RefusedError(
            f"{replica.address}: memory is short: {workers} workers of version {found.version} need about "
            f"{needed >> 20} MiB and {RESERVE_BYTES >> 20} MiB must stay free, of {available_bytes >> 20} MiB"
        )


def _bring_up(replica: Replica, found: Candidate, *, is_there: bool, say: Say) -> None:
    """Register with one worker, measure it, and scale to as many as the version wants."""
    serving = found.serving
    if not is_there:
        say(f"{replica.address}: registering {found.version}")
        replica.register(found.archive.name, serving.batchSize, serving.maxBatchDelay)
    described = replica.version(found.version) or {}
    if not is_there and int(described.get("minWorkers", 0)) < serving.minWorkers:
        memory = replica.own_words(found.version).get("memory", {})
        more = serving.minWorkers - 1
        taken = memory.get("resident_bytes") or 0
        _refuse_unless_they_fit(replica, found, taken, memory.get("available_bytes"), more)
        replica.scale(found.version, serving.minWorkers)
    replica.wait_until_ready(found.version, READY_S)


def _told(replica: Replica, found: Candidate) -> dict[str, Any]:
    """Return what the version tells of itself; raises RefusedError where it is another, or scored nothing."""
    told = replica.own_words(found.version)
    if not _is_same(told, found):
        raise RefusedError(f"{replica.address}: what was loaded is not the archive that was built")
    if "index_percent" not in told.get("example", {}):
        raise RefusedError(f"{replica.address}: version {found.version} did not score its example")
    return told


def _take_back(replicas: list[Replica], found: Candidate, store: Path | None, say: Say) -> None:
    """Unregister where this call registered, and remove the archive it placed."""
    for replica in replicas:
        try:
            replica.unregister(found.version)
        except VersionsError as error:
            say(f"{replica.address}: {found.version} could not be taken back: {error}")
    if store is not None:
        (store / found.archive.name).unlink(missing_ok=True)
