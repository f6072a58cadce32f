"""`Authorization: Bearer KEY` or a session's cookie in, a `Principal` out; scopes are checked per view.

A header, right or wrong, comes first: only a request without one is its cookie's.
"""

from typing import Any, cast

from apiflask import HTTPError, HTTPTokenAuth
from flask import Response, g, request
from werkzeug.datastructures import Authorization

from gateway import problems
from gateway.extensions import settings
from gateway.identity.cookies import session_cookie
from gateway.identity.csrf import check_csrf
from gateway.identity.sessions import check_session
from gateway.keys import check_key
from gateway.routing.operator_keys import OPERATOR, check_operator_key, is_operator_key
from gateway.tenancy import Principal

_BY_COOKIE = "cookie"
_OPERATED = "models"
"""The one blueprint that an operator's key opens, whatever scopes other views ask for."""


class KeyOrSession(HTTPTokenAuth):
    """Takes programs by their key and browsers by their session."""

    def get_auth(self) -> Authorization | None:
        """Return what the request brings."""
        if "Authorization" in request.headers:
            return cast(Authorization | None, super().get_auth())
        token = session_cookie(settings())
        return Authorization(_BY_COOKIE, token=token) if token else None

    def authenticate(self, auth: Authorization | None, stored_password: Any) -> Principal | None:
        """Return who asks; an operator only where versions are operated, 403 elsewhere.

        Raises CsrfProblem where a session's request is not its page's.
        """
        principal = self._principal(auth) if auth and auth.token else None
        g.user_id = principal.user_id if principal else None
        if principal and principal.kind == OPERATOR and request.blueprint != _OPERATED:
            raise HTTPError(403)
        return principal

    def _principal(self, auth: Authorization) -> Principal | None:
        token = auth.token or ""
        if auth.type != _BY_COOKIE:
            check = check_operator_key if is_operator_key(token) else check_key
            return check(settings().secret.get_secret_value(), token)
        principal = check_session(settings(), token)
        if principal:
            check_csrf(settings(), principal)
        return principal


auth = KeyOrSession("Bearer", realm="ki67", description="An API key, as `make run` writes to `var/api-key`.")


def current_principal() -> Principal:
    """Return who asks; only in views that require it."""
    return cast(Principal, g.flask_httpauth_user)


def principal_if_any() -> Principal | None:
    """Return who asks in a view where nobody need be signed in; raises 401 for credentials that are wrong."""
    found = cast(Principal | None, g.flask_httpauth_user or None)
    if found is None and "Authorization" in request.headers:
        raise HTTPError(401)
    return found


@auth.get_user_roles  # type: ignore[untyped-decorator]
def _scopes(principal: Principal) -> list[str]:
    return sorted(principal.scopes)


@auth.error_processor
def _refused(error: HTTPError) -> Response:
    return problems.from_http_error(error)
