"""Takes a canary out by itself: routes, a row that metrics count, the audit trail, and a log line, once."""

import structlog

from gateway import audit
from gateway.database import db, now
from gateway.extensions import services
from gateway.models import CanaryWithdrawal
from gateway.routing.judging import Verdict
from gateway.routing.routes import Routes, without_canary
from gateway.routing.store import change_routes

_log = structlog.get_logger("gateway.routing")


def withdraw(version: str, verdict: Verdict) -> bool:
    """Take the canary out; False where that version is the canary no longer."""

    def change(routes: Routes) -> Routes | None:
        is_canary = routes.canary and routes.canary.version == version
        return without_canary(routes, verdict.reason, verdict.detail, now()) if is_canary else None

    if change_routes(change) is None:
        db.session.rollback()
        return False
    db.session.add(CanaryWithdrawal(version=version, reason=verdict.reason, detail=verdict.detail))
    audit.note(None, "models.canary_withdrawn", "model_routes", version, reason=verdict.reason)
    db.session.commit()
    services().routes.forget()
    _log.warning("canary_withdrawn", version=version, reason=verdict.reason, detail=verdict.detail)
    return True
