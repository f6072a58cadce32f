"""Whether the gateway can work: its database, its objects, TorchServe."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.database import db
from gateway.extensions import services
from gateway.problems import StorageProblem
from gateway.versions import is_ready

OK, FAILING = "ok", "failing"


def checks() -> dict[str, str]:
    """Return the state of each part, `ok` or `failing`."""
    parts = {"database": _database(), "objects": _objects(), "torchserve": is_ready()}
    return {name: OK if fine else FAILING for name, fine in parts.items()}


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1 FROM analyses LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _objects() -> bool:
    try:
        services().objects.check()
    except StorageProblem:
        return False
    return True
