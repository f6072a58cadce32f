"""Requests that change something come from our own page: CSRF token, Origin, Sec-Fetch-Site.

A cookie is sent with whatever request a browser makes; what a key signs needs none of this.
"""

from urllib.parse import urlsplit

from flask import request

from gateway.identity.problems import CsrfProblem
from gateway.identity.sessions import is_csrf_token
from gateway.settings import Settings
from gateway.tenancy import Principal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_FETCHES = frozenset({"same-origin", "none"})


def check_csrf(settings: Settings, principal: Principal) -> None:
    """Refuse what a session's own page did not send; raises CsrfProblem."""
    if request.method in SAFE_METHODS:
        return
    refuse_other_sites(settings)
    sent = request.headers.get("X-CSRF-Token", "")
    if not is_csrf_token(settings, principal.credential_id, sent):
        raise CsrfProblem("Send the session's csrf_token in the header X-CSRF-Token.")


def refuse_other_sites(settings: Settings) -> None:
    """Refuse what a browser sends for another site's page; raises CsrfProblem."""
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_FETCHES:
        raise CsrfProblem("The request comes from another site.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc not in _own_hosts(settings):
        raise CsrfProblem("The request comes from another origin.")


def _own_hosts(settings: Settings) -> set[str]:
    """Return where our page may come from: the scheme may differ behind a proxy that ends TLS."""
    return {request.host, urlsplit(settings.public_address).netloc} - {""}
