"""Settings of sign-in: part of the gateway's one settings object."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

PREFIX = "GATEWAY_"
IDENTITY_SECRETS = ("smtp_password", "oidc_client_secret")


class IdentitySettings(BaseSettings):
    """How people sign in, how long they stay so, and how they are written to."""

    environment: Literal["development", "production"] = Field(
        default="development", description="production refuses to start with insecure defaults"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="address under which people reach the service, without a path; stands in messages and at "
        "the OpenID provider; default: host and port",
    )
    registration: Literal["closed", "open"] = Field(
        default="closed", description="open: anybody whose address can be verified gets a guest's account"
    )

    cookie_secure: bool | None = Field(
        default=None,
        description="session cookies over HTTPS only; default: yes, but for development on loopback",
    )
    session_idle_hours: float = Field(default=12.0, gt=0, description="unused for so long, a session ends")
    session_days: float = Field(default=14.0, gt=0, description="a session ends after so long in any case")
    sign_in_attempts: int = Field(
        default=5, ge=1, le=100, description="wrong passwords before an account waits"
    )
    sign_in_lock_seconds: float = Field(
        default=30.0,
        gt=0,
        description="first wait after too many wrong passwords; each further one doubles it",
    )
    sign_in_lock_limit_seconds: float = Field(default=900.0, gt=0, description="longest such wait")
    sign_in_refusal_seconds: float = Field(
        default=0.4, ge=0, le=5, description="a refused sign-in is answered no sooner, whatever the reason"
    )
    password_memory_kib: int = Field(default=65_536, ge=8_192, description="argon2id: memory of one hash")
    password_rounds: int = Field(default=3, ge=1, description="argon2id: passes over that memory")
    email_token_hours: float = Field(
        default=4.0, gt=0, description="how long a token that was sent by mail can be used"
    )
    email_tokens_limit: int = Field(
        default=5, ge=1, description="unused tokens one account can have; no more are sent until one expires"
    )
    key_days_default: int = Field(default=90, ge=1, description="life of an API key for which none is asked")
    key_days_limit: int = Field(default=365, ge=1, description="longest life of an API key that people make")
    keys_limit: int = Field(default=50, ge=1, description="live API keys of one person in one organisation")

    mailer: Literal["folder", "smtp"] | None = Field(
        default=None,
        description="how messages leave: smtp, or files in the var folder's log/mail (while developing)",
    )
    mail_from: str = Field(default="ki67@localhost", max_length=320, description="sender of messages")
    smtp_host: str | None = Field(default=None, description="mail server")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="mail server's port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls or tls; none sends messages in the clear"
    )
    smtp_user: str | None = Field(default=None, description="account at the mail server, where it wants one")
    smtp_password: SecretStr | None = Field(
        default=None, description="its password; also GATEWAY_SMTP_PASSWORD_FILE"
    )
    smtp_seconds: float = Field(default=10.0, gt=0, description="limit to hear from the mail server")

    oidc_issuer: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="OpenID provider's issuer; none: passwords only"
    )
    oidc_client_id: str = Field(default="ki67", description="the service's name at the provider")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="its secret there; also GATEWAY_OIDC_CLIENT_SECRET_FILE"
    )
    oidc_scopes: str = Field(default="openid email profile", description="what the provider is asked for")
    oidc_name: str = Field(default="your institution", max_length=100, description="shown at the button")
    oidc_seconds: float = Field(default=5.0, gt=0, description="limit to hear from the provider")
    oidc_organisation: str | None = Field(
        default=None,
        max_length=200,
        description="organisation that people new here join; none: they are let in as guests, and only where "
        "they are expected (invited, or asked for an opinion) or registration is open",
    )
    oidc_role: Literal["pathologist", "analyst", "student"] = Field(
        default="analyst", description="what they become in it"
    )
    oidc_email_domains: str = Field(
        default="",
        description="domains, by comma, whose people may join so; none: all that the provider knows",
    )

    @property
    def public_address(self) -> str:
        """Address under which people reach the service."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{name}:{self.port}"

    @property
    def secure_cookies(self) -> bool:
        """Whether the session's cookie goes over HTTPS only."""
        if self.cookie_secure is not None:
            return self.cookie_secure
        return self.environment == "production" or not is_loopback(self.host)

    @property
    def cookie_name(self) -> str:
        """The session's cookie; a `__Host-` cookie cannot be set by a neighbouring host."""
        return "__Host-ki67" if self.secure_cookies else "ki67"

    def identity_insecurities(self) -> Iterator[str]:
        """Say what is fine on a developer's machine and nowhere else."""
        if self.cookie_secure is False:
            yield f"{PREFIX}COOKIE_SECURE is off: sessions can be read on the way"
        if self.public_url and self.public_url.startswith("http:") and not self._is_near:
            yield f"{PREFIX}PUBLIC_URL is not HTTPS"
        if (
            self.oidc_issuer
            and self.oidc_issuer.startswith("http:")
            and not is_loopback_url(self.oidc_issuer)
        ):
            yield f"{PREFIX}OIDC_ISSUER is not HTTPS"
        if self.mailer == "smtp" and self.smtp_security == "none":
            yield f"{PREFIX}SMTP_SECURITY is none: messages hold tokens and can be read on the way"

    def production_lacks(self) -> Iterator[str]:
        """Say what only production must be told."""
        if self.mailer is None:
            yield f"{PREFIX}MAILER is not set; smtp sends messages, folder only writes files"
        if not self.public_url and (self.mailer == "smtp" or self.oidc_issuer):
            yield f"{PREFIX}PUBLIC_URL is not set, and links in messages and the OpenID provider need it"

    @property
    def _is_near(self) -> bool:
        return is_loopback_url(self.public_address)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches that host."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(address: str) -> bool:
    """Tell whether only this machine reaches that address."""
    host = address.split("://", 1)[1].split("/", 1)[0]
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name)
