"""Notes the hash and the engine of a version known by its name alone, as its own answer tells them."""

from collections.abc import Mapping
from typing import Any

from gateway.database import db
from gateway.extensions import services
from gateway.routing.routes import Routes, learned
from gateway.routing.store import change_routes


def is_without_hash(routes: Routes, version: str) -> bool:
    """Tell whether nobody has said yet which weights that version has."""
    return any(each.version == version and each.weights_sha256 is None for each in routes.versions)


def learn(version: str, answer: Mapping[str, Any]) -> None:
    """Note them, unless another process was quicker."""

    def change(routes: Routes) -> Routes | None:
        if not is_without_hash(routes, version):
            return None
        return learned(routes, version, answer["model"]["weights_sha256"], answer["engine"])

    change_routes(change)
    db.session.commit()
    services().routes.forget()
