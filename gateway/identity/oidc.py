"""Sign-in at an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0).

    begin -> address at the provider, cookie        callback: cookie, state, code -> claims

The browser keeps one cookie, `TICKET.SECONDS.NEXT`; state, nonce and the code's verifier are HMACs of it, so
nothing is stored and none of the three fits another browser or another sign-in.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.errors import JoseError

from gateway.identity.problems import OidcRefusedProblem, OidcUnavailableProblem
from gateway.identity.tokens import digest, new_token
from gateway.settings import Settings

SIGN_IN_SECONDS = 600
_METADATA_KEPT_SECONDS = 3600.0
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_CLOCKS_DIFFER_SECONDS = 60
_log = structlog.get_logger("gateway.oidc")


@dataclass(frozen=True)
class Claims:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str


@dataclass(frozen=True)
class Ticket:
    """One sign-in under way: what the browser keeps, and what follows from it."""

    cookie: str
    secret: str

    @property
    def state(self) -> str:
        """Binds the provider's answer to this browser."""
        return digest(self.secret, "oidc-state", self.cookie)

    @property
    def nonce(self) -> str:
        """Binds the id token to this sign-in."""
        return digest(self.secret, "oidc-nonce", self.cookie)

    @property
    def verifier(self) -> str:
        """Binds the code to this sign-in (PKCE)."""
        return digest(self.secret, "oidc-verifier", self.cookie)

    @property
    def next(self) -> str:
        """Where the person wanted to go; known to be ours once the state fits."""
        return base64.urlsafe_b64decode(self.cookie.split(".")[2].encode()).decode()

    def fits(self, state: str) -> bool:
        """Tell whether the provider's answer belongs to this sign-in, and in time."""
        if not hmac.compare_digest(self.state.encode(), state.encode()):
            return False
        return 0 <= time.time() - float(self.cookie.split(".")[1]) <= SIGN_IN_SECONDS


def new_ticket(settings: Settings, after: str) -> Ticket:
    """Begin a sign-in that ends on that page."""
    page = base64.urlsafe_b64encode(after.encode()).decode()
    return Ticket(f"{new_token()}.{int(time.time())}.{page}", settings.secret.get_secret_value())


class Provider(OpenIDMixin):  # type: ignore[misc]
    """The provider that the settings name; its metadata and keys are asked for once an hour."""

    def __init__(self, settings: Settings, callback: str) -> None:
        self._settings, self._callback = settings, callback
        self.issuer = (settings.oidc_issuer or "").rstrip("/")
        self.client_id = settings.oidc_client_id
        self.server_metadata: dict[str, Any] = {}
        self._asked_at = 0.0

    def address(self, ticket: Ticket) -> str:
        """Return where the browser goes to sign in; raises OidcUnavailableProblem."""
        endpoint = self.load_server_metadata()["authorization_endpoint"]
        with self._get_session() as client:
            address, _ = client.create_authorization_url(
                endpoint, state=ticket.state, nonce=ticket.nonce, code_verifier=ticket.verifier
            )
        return str(address)

    def claims(self, ticket: Ticket, code: str) -> Claims:
        """Exchange a code for who signed in; raises OidcRefusedProblem, OidcUnavailableProblem."""
        try:
            return self._claims(ticket, code)
        except httpx2.HTTPError as error:
            raise _unavailable(error) from None
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            _log.warning("oidc_refused", kind=type(error).__name__)
            raise OidcRefusedProblem("The provider's answer does not hold; sign in again.") from None

    def load_server_metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself; raises OidcUnavailableProblem."""
        if time.monotonic() - self._asked_at > _METADATA_KEPT_SECONDS or not self.server_metadata:
            self.server_metadata = self._discovered()
            self._asked_at = time.monotonic()
        return self.server_metadata

    def _discovered(self) -> dict[str, Any]:
        try:
            with self._get_session() as client:
                answer = client.request(
                    "GET", f"{self.issuer}/.well-known/openid-configuration", withhold_token=True
                )
            metadata: dict[str, Any] = answer.raise_for_status().json()
            return _checked(metadata, self.issuer)
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise _unavailable(error) from None

    def _claims(self, ticket: Ticket, code: str) -> Claims:
        metadata = self.load_server_metadata()
        with self._get_session() as client:
            client.token_endpoint_auth_method = self._client_authentication(metadata)
            token = client.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=ticket.verifier,
                redirect_uri=self._callback,
            )
            expected = {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self.client_id},
            }
            found = self.parse_id_token(token, ticket.nonce, expected, leeway=_CLOCKS_DIFFER_SECONDS)
            if "email" not in found and "userinfo_endpoint" in metadata:
                found = self._with_userinfo(client, metadata["userinfo_endpoint"], found)
        return _of(metadata["issuer"], found)

    def _with_userinfo(self, client: OAuth2Client, endpoint: str, found: Mapping[str, Any]) -> dict[str, Any]:
        """Add what some providers leave out of the id token."""
        more = client.request("GET", endpoint).raise_for_status().json()
        if more["sub"] != found["sub"]:
            raise ValueError("another subject")
        return {**more, **found}

    def _client_authentication(self, metadata: Mapping[str, Any]) -> str:
        if self._settings.oidc_client_secret is None:
            return "none"
        known = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"

    def _get_session(self) -> OAuth2Client:
        secret = self._settings.oidc_client_secret
        return OAuth2Client(
            self.client_id,
            secret.get_secret_value() if secret else None,
            scope=self._settings.oidc_scopes,
            redirect_uri=self._callback,
            code_challenge_method="S256",
            timeout=self._settings.oidc_seconds,
        )


def make_provider(settings: Settings) -> Provider | None:
    """Return the provider that the settings name, where they name one."""
    callback = f"{settings.public_address}/api/v1/auth/oidc/callback"
    return Provider(settings, callback) if settings.oidc_issuer else None


def _checked(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Return the metadata where it is the issuer's own, its signatures limited to asymmetric ones."""
    if str(metadata["issuer"]).rstrip("/") != issuer:
        raise ValueError("another issuer")
    named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(str(metadata[name]).startswith(("https://", "http://")) for name in named):
        raise ValueError("not an address")
    offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    return metadata | {
        "id_token_signing_alg_values_supported": [name for name in offered if name in _SIGNATURES]
    }


def _of(issuer: str, found: Mapping[str, Any]) -> Claims:
    email = found.get("email")
    return Claims(
        issuer=issuer,
        subject=str(found["sub"]),
        email=email if isinstance(email, str) else None,
        email_verified=found.get("email_verified") in (True, "true"),
        name=str(found.get("name") or "")[:200],
    )


def _unavailable(error: Exception) -> OidcUnavailableProblem:
    _log.warning("oidc_unavailable", kind=type(error).__name__)
    return OidcUnavailableProblem(
        "It is down, slow, or not what the settings say; try again later.", retry_after_seconds=30
    )
