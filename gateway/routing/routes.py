"""The routes as values: which versions are known, which scores, which is tried; and how they may change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

Pointers = list[dict[str, str]]


@dataclass(frozen=True)
class Version:
    """A version that TorchServe was told to serve; what is not known yet is None."""

    version: str
    weights_sha256: str | None = None
    archive_sha256: str | None = None
    engine: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Share:
    """A version and the percentage of images that it gets."""

    version: str
    percent: float


@dataclass(frozen=True)
class Withdrawal:
    """A canary that was taken out by itself: why in a word and in a sentence, and when."""

    version: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class Routes:
    """The whole state; `revision` counts its changes, `canary_since` is when this canary began."""

    default: str
    versions: tuple[Version, ...]
    previous: str | None = None
    canary: Share | None = None
    canary_since: datetime | None = None
    shadow: Share | None = None
    withdrawn: Withdrawal | None = None
    revision: int = 1

    def knows(self, version: str) -> bool:
        """Tell whether that version is registered."""
        return any(each.version == version for each in self.versions)

    def has_withdrawn(self, version: str) -> bool:
        """Tell whether that version was taken out and has not been tried again since."""
        return self.withdrawn is not None and self.withdrawn.version == version

    def share_percent(self, version: str) -> float:
        """Return how many of the images without a wish the version gets, in percent."""
        if self.canary and version == self.canary.version:
            return self.canary.percent
        return 100 - (self.canary.percent if self.canary else 0) if version == self.default else 0

    def shadow_percent(self, version: str) -> float:
        """Return how many of the default's images the version scores as well, unseen, in percent."""
        return self.shadow.percent if self.shadow and version == self.shadow.version else 0


def seeded(default: str, others: tuple[str, ...]) -> Routes:
    """Return the routes of the first start: the settings' version, and what else is served."""
    names = dict.fromkeys((default, *others))
    return Routes(default, tuple(map(Version, names)))


def faults(wanted: Routes) -> Pointers:
    """Return what is wrong with new routes, each as pointer and detail; nothing where they can be taken."""
    return [{"pointer": pointer, "detail": detail} for pointer, detail in _faults(wanted)]


def _faults(wanted: Routes) -> Iterator[tuple[str, str]]:
    names = [each.version for each in wanted.versions]
    if len(set(names)) < len(names):
        yield "#/versions", "A version is named twice."
    if not wanted.knows(wanted.default):
        yield "#/default", "It must be one of `versions`."
    for name, share in {"canary": wanted.canary, "shadow": wanted.shadow}.items():
        if share and not wanted.knows(share.version):
            yield f"#/{name}/version", "It must be one of `versions`."
        if share and share.version == wanted.default:
            yield f"#/{name}/version", "It is the default already."


def replaced(routes: Routes, wanted: Routes, moment: datetime) -> Routes:
    """Return what follows when an operator puts new routes.

    `previous` is the default before this one, while it is known; a canary tried again is no longer withdrawn.
    """
    previous = routes.default if wanted.default != routes.default else routes.previous
    goes_on = wanted.canary and routes.canary and wanted.canary.version == routes.canary.version
    tried_again = [share.version for share in (wanted.canary, Share(wanted.default, 100)) if share]
    return replace(
        wanted,
        previous=previous if previous and wanted.knows(previous) and previous != wanted.default else None,
        canary_since=None if not wanted.canary else routes.canary_since if goes_on else moment,
        withdrawn=None if any(map(routes.has_withdrawn, tried_again)) else routes.withdrawn,
        revision=routes.revision + 1,
    )


def without_canary(routes: Routes, reason: str, detail: str, moment: datetime) -> Routes:
    """Return what follows when the canary is taken out; raises ValueError where there is none."""
    if routes.canary is None:
        raise ValueError("there is no canary")
    withdrawn = Withdrawal(routes.canary.version, reason, detail, moment)
    revision = routes.revision + 1
    return replace(routes, canary=None, canary_since=None, withdrawn=withdrawn, revision=revision)


def learned(routes: Routes, version: str, weights_sha256: str, engine: Mapping[str, str]) -> Routes:
    """Return the routes with what an answer told of a version whose hash nobody knew."""
    versions = tuple(
        replace(each, weights_sha256=weights_sha256, engine=dict(engine))
        if each.version == version and each.weights_sha256 is None
        else each
        for each in routes.versions
    )
    return replace(routes, versions=versions, revision=routes.revision + 1)
