"""How often one may ask: requests a minute by key or session, and by address where nobody was recognised.

Each answer is counted once: for the credential that was recognised, else for the address, so that somebody
who guesses keys is stopped by address, and neither unknown keys nor the prefix of somebody's key use up
anything of theirs. An address that has failed too often is heard again at once with a credential that was
recognised lately: a broken script locks out none of its neighbours. As counting follows the answer, no more
can slip through than a process has threads. Counts are forgotten with their window.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from apiflask import APIFlask
from flask import Response, g, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded

from gateway import problems
from gateway.extensions import services
from gateway.identity.cookies import session_cookie
from gateway.interface.counts import ProcessCounts
from gateway.interface.settings import InterfaceSettings
from gateway.problems import GatewayProblem
from gateway.views.documentation import blueprint as documentation
from gateway.views.health import blueprint as health
from gateway.views.web import blueprint as web

_KEPT = 10_000
_PROCESS = f"{ProcessCounts.STORAGE_SCHEME[0]}://"
_PATIENCE: dict[str, str | int] = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""How long a server that counts is waited for; without it each process counts for itself."""
_SOON_SECONDS = 1.0
_EXEMPT = frozenset({health.name, documentation.name, web.name})
"""What costs next to nothing, and what operators must always be able to ask. A browser takes some 70 files of
the web client at its first visit, before anybody has signed in, and a hospital has one address."""


class TooManyRequestsProblem(GatewayProblem):
    status, code, title = 429, "too-many-requests", "Too many requests"


class Recognised:
    """Hashes of the credentials that were recognised lately, a bounded number of them."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._hashes: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, credential: str) -> bool:
        with self._lock:
            return credential in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def note(self, credential: str, *, valid: bool) -> None:
        """Remember a credential, or forget it."""
        with self._lock:
            self._hashes.pop(credential, None)
            if valid:
                self._hashes[credential] = None
            while len(self._hashes) > self._most:
                self._hashes.popitem(last=False)


def init_app(app: APIFlask, settings: InterfaceSettings) -> None:
    """Count every request of `app` but those of operators, and those for files that come with it."""
    if not settings.rate_limits_enabled:
        return
    recognised = Recognised()
    limiter = _limiter(settings, recognised)
    limiter.request_filter(_is_free)
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, lambda _error: _refused(limiter))
    app.after_request(lambda response: _note(response, recognised))


def _limiter(settings: InterfaceSettings, recognised: Recognised) -> Limiter:
    by_address = ApplicationLimit(
        settings.rate_limit_address,
        key_function=_address,
        exempt_when=lambda: _credential() in recognised,
        deduct_when=lambda response: not _is_somebody() and response.status_code != 429,
    )
    by_credential = ApplicationLimit(
        settings.rate_limit_default,
        key_function=_credential,
        exempt_when=lambda: _credential() == "",
        deduct_when=lambda _response: _is_somebody(),
    )
    return Limiter(
        _address,
        application_limits=[by_address, by_credential],
        headers_enabled=False,
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        storage_uri=_PROCESS if _in_memory(settings) else settings.rate_limit_storage.get_secret_value(),
        storage_options={} if _in_memory(settings) else _PATIENCE,
        key_prefix="ki67",
    )


def _in_memory(settings: InterfaceSettings) -> bool:
    return settings.rate_limit_storage.get_secret_value() == "memory://"


def _is_free() -> bool:
    return request.blueprint in _EXEMPT or request.method == "OPTIONS"


def _is_somebody() -> bool:
    return g.get("user_id") is not None


def _credential() -> str:
    """Return a hash of the key or session that the request brings, or nothing."""
    brought = request.headers.get("Authorization") or session_cookie(services().settings)
    return f"credential-{hashlib.sha256(brought.encode()).hexdigest()[:32]}" if brought else ""


def _address() -> str:
    """Return the address that asks; of IPv6 the network, as whoever has one address has all of its /64."""
    sent = request.remote_addr or ""
    try:
        address = ip_address(sent)
    except ValueError:
        return "address-unknown"
    if not isinstance(address, IPv6Address) or address.ipv4_mapped:
        return f"address-{getattr(address, 'ipv4_mapped', None) or address}"
    return f"address-{int(address) >> 64:x}"


def _note(response: Response, recognised: Recognised) -> Response:
    credential = _credential()
    if credential and (_is_somebody() or response.status_code == 401):
        recognised.note(credential, valid=_is_somebody())
    return response


def _refused(limiter: Limiter) -> Response:
    limit = limiter.current_limit
    seconds = max(_SOON_SECONDS, limit.reset_at - time.time()) if limit else _SOON_SECONDS
    problem = TooManyRequestsProblem("Ask less often.", retry_after_seconds=round(seconds))
    return problems.from_problem(problem)
