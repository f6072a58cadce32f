"""Sign-in at an OpenID provider: there, and back.

A browser that navigates is never left with a document of JSON: what fails leads to the sign-in page, which
says it in words. Programs get the problem itself.
"""

from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, request

from gateway.extensions import services, settings
from gateway.identity import actions
from gateway.identity.cookies import errand_cookie_name, session_cookie, set_errand_cookie, set_session_cookie
from gateway.identity.oidc import SIGN_IN_SECONDS, new_ticket
from gateway.identity.problems import OidcOffProblem
from gateway.identity.schemas import CallbackQuery, OidcQuery
from gateway.problems import GatewayProblem, from_problem

blueprint = APIBlueprint("oidc", __name__, url_prefix="/api/v1/auth/oidc", tag="Sign-in at a provider")
_GONE: dict[Any, Any] = {302: "To the page that comes next", 404: "No provider is configured", 503: ""}


@blueprint.get("")
@blueprint.input(OidcQuery, location="query", arg_name="query")
@blueprint.doc(responses=_GONE)
def begin(query: OidcQuery) -> Response:
    """Go to the OpenID provider to sign in."""
    provider = services().oidc
    if provider is None:
        raise OidcOffProblem("Sign in by password.")
    ticket = new_ticket(settings(), actions.safe_page(query.next))
    response = _sent_to(provider.address(ticket))
    set_errand_cookie(settings(), response, ticket.cookie, SIGN_IN_SECONDS)
    return response


@blueprint.get("/callback")
@blueprint.input(CallbackQuery, location="query", arg_name="query")
@blueprint.doc(responses=_GONE | {403: "The sign-in does not hold, or nobody expects this person"})
def callback(query: CallbackQuery) -> Response:
    """Come back from the OpenID provider; the answer sets the session's cookie."""
    provider = services().oidc
    if provider is None:
        raise OidcOffProblem("Sign in by password.")
    answer = actions.ProviderAnswer(query.code, query.state, query.error, query.iss)
    kept = request.cookies.get(errand_cookie_name(settings()))
    after, opened = actions.sign_in_by_provider(
        settings(), provider, kept, answer, session_cookie(settings())
    )
    response = _sent_to(after)
    set_errand_cookie(settings(), response, "", 0)
    set_session_cookie(settings(), response, opened.token)
    return response


@blueprint.errorhandler(GatewayProblem)
def refuse(problem: GatewayProblem) -> Response:
    """Answer a problem: to a page's reader on the sign-in page, to a program as it is."""
    accepted = request.accept_mimetypes
    if accepted["text/html"] <= accepted["application/problem+json"]:
        return from_problem(problem)
    return _sent_to(f"/sign-in?{urlencode({'problem': problem.code})}")


def _sent_to(address: str) -> Response:
    return Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})
