"""The header `Authorization: Bearer KEY` in, a `Principal` out; scopes are checked per view."""

from typing import cast

from apiflask import HTTPError, HTTPTokenAuth
from flask import Response, g, request

from gateway import problems
from gateway.extensions import settings
from gateway.keys import check_key
from gateway.tenancy import Principal

auth = HTTPTokenAuth("Bearer", realm="ki67", description="An API key, as `make run` writes to `var/api-key`.")


def current_principal() -> Principal:
    """Return who asks; only in views that require it."""
    return cast(Principal, g.flask_httpauth_user)


def principal_if_any() -> Principal | None:
    """Return who asks in a view where nobody need be signed in; raises 401 for credentials that are wrong."""
    found = cast(Principal | None, g.flask_httpauth_user or None)
    if found is None and "Authorization" in request.headers:
        raise HTTPError(401)
    return found


@auth.verify_token  # type: ignore[untyped-decorator]
def _verify(key: str) -> Principal | None:
    principal = check_key(settings().secret.get_secret_value(), key) if key else None
    g.user_id = principal.user_id if principal else None
    return principal


@auth.get_user_roles  # type: ignore[untyped-decorator]
def _scopes(principal: Principal) -> list[str]:
    return sorted(principal.scopes)


@auth.error_processor
def _refused(error: HTTPError) -> Response:
    return problems.from_http_error(error)
