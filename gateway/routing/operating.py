"""What operators change: new routes onto those they have read."""

from gateway import audit
from gateway.database import db, now
from gateway.documents import Document
from gateway.extensions import services
from gateway.preconditions import PreconditionFailedProblem
from gateway.problems import GatewayProblem
from gateway.routing.documents import routes_document
from gateway.routing.routes import Routes, faults, replaced
from gateway.routing.store import replace_routes
from gateway.tenancy import Principal


class InvalidRoutesProblem(GatewayProblem):
    status, code, title = 422, "invalid-request", "Something in the request cannot be used"


def put_routes(principal: Principal, seen: Routes, wanted: Routes) -> Routes:
    """Replace the routes and return the new ones.

    Raises InvalidRoutesProblem, or PreconditionFailedProblem where they have changed since they were read.
    """
    errors = faults(wanted)
    if errors:
        raise InvalidRoutesProblem(" ".join(each["detail"] for each in errors), errors=errors)
    following = replaced(seen, wanted, now())
    before, after = _noted(seen), _noted(following)
    audit.note(principal, "models.routed", "model_routes", following.default, before=before, after=after)
    if not replace_routes(seen, following):
        db.session.rollback()
        raise PreconditionFailedProblem("The routes were changed meanwhile; read them again.")
    db.session.commit()
    services().routes.forget()
    return following


def _noted(routes: Routes) -> Document:
    document = routes_document(routes)
    return document | {"versions": [each.version for each in routes.versions], "withdrawn": None}
