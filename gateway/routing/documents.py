"""Routes and versions as the API shows them."""

from dataclasses import asdict

from gateway.documents import Document, timestamp
from gateway.extensions import services
from gateway.routing.disagreement import disagreement
from gateway.routing.routes import Routes, Share, Version

_FEW = 10
"""Sums of fewer images would tell of a single record."""


def routes_document(routes: Routes) -> Document:
    """Return the whole state."""
    withdrawn = routes.withdrawn
    return {
        "default": routes.default,
        "previous": routes.previous,
        "canary": _share(routes.canary),
        "shadow": _share(routes.shadow),
        "versions": [asdict(each) for each in routes.versions],
        "withdrawn": asdict(withdrawn) | {"at": timestamp(withdrawn.at)} if withdrawn else None,
    }


def routes_etag(routes: Routes) -> str:
    """Return a tag that changes with the routes."""
    return f'"routes-{routes.revision}"'


def version_documents(routes: Routes, *, to_operator: bool) -> list[Document]:
    """Return every version with its share, its state and how it differs from the default."""
    return [_version(routes, each, to_operator=to_operator) for each in routes.versions]


def _version(routes: Routes, each: Version, *, to_operator: bool) -> Document:
    return {
        "name": services().settings.model_name,
        **asdict(each),
        "is_default": each.version == routes.default,
        "share_percent": routes.share_percent(each.version),
        "shadow_percent": routes.shadow_percent(each.version),
        "status": services().liveness.state(each.version),
        "withdrawn": routes.has_withdrawn(each.version),
        "disagreement": _disagreement(routes, each.version, 1 if to_operator else _FEW),
    }


def _disagreement(routes: Routes, version: str, least: int) -> Document | None:
    found = disagreement(version, routes.default)
    if found.compared + found.errors == 0:
        return None
    told = asdict(found)
    if found.compared >= least:
        return told
    return told | dict.fromkeys(("mean_points", "largest_points"), None) | {"category_changes": 0}


def _share(share: Share | None) -> Document | None:
    return asdict(share) if share else None
