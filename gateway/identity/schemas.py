"""What the API takes and gives about sign-in, sessions and keys."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.identity.passwords import LENGTHS
from gateway.identity.tokens import TOKEN_PATTERN
from gateway.schemas import PLAIN

ID_PATTERN = r"^[0-9a-f]{32}$"
_PASSWORD = f"{LENGTHS[0]} to {LENGTHS[1]} characters, without your address"


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInIn(_Closed):
    """An address and its password."""

    email: str = Field(min_length=3, max_length=320, examples=["alice@example.org"])
    password: str = Field(min_length=1, max_length=LENGTHS[1])


class AddressIn(_Closed):
    """Where a message is sent to."""

    email: str = Field(min_length=3, max_length=320, examples=["alice@example.org"])


class RegistrationIn(AddressIn):
    """Somebody who wants an account."""

    name: str = Field(min_length=1, max_length=200, pattern=PLAIN, examples=["Alice Example"])


class TokenIn(_Closed):
    """A token that was sent by mail."""

    token: str = Field(pattern=TOKEN_PATTERN)


class ResetIn(TokenIn):
    """A token that was sent by mail, and the password that shall hold from now on."""

    password: str = Field(max_length=LENGTHS[1], description=_PASSWORD)


class PasswordIn(_Closed):
    """The password as it is and as it shall be."""

    current_password: str = Field(min_length=1, max_length=LENGTHS[1])
    password: str = Field(max_length=LENGTHS[1], description=_PASSWORD)


class SwitchIn(_Closed):
    """The organisation to act in."""

    organisation_id: str = Field(pattern=ID_PATTERN)


class OidcQuery(BaseModel):
    """Where to go after the sign-in."""

    next: str = Field("/", max_length=500, description="a path of this service; anything else leads to /")


class CallbackQuery(BaseModel):
    """What the provider sends back."""

    code: str | None = Field(None, max_length=4000)
    state: str = Field("", max_length=200)
    error: str | None = Field(None, max_length=200)
    iss: str | None = Field(None, max_length=500)


class UserOut(BaseModel):
    """A person."""

    id: str
    email: str
    name: str
    email_verified: bool
    has_password: bool


class PlaceOut(BaseModel):
    """An organisation by name."""

    id: str
    name: str


class MembershipOut(BaseModel):
    """What a person is in an organisation."""

    organisation: PlaceOut
    role: str


class SessionOut(BaseModel):
    """Who acts, where, and what they may do."""

    kind: Literal["session", "key"]
    user: UserOut
    organisation: PlaceOut | None = Field(description="the one acted in; null for a guest")
    role: str = Field(examples=["analyst"])
    scopes: list[str]
    memberships: list[MembershipOut]
    csrf_token: str | None = Field(
        description="goes into the header X-CSRF-Token of whatever changes something; null for a key"
    )


class ProviderOut(BaseModel):
    """An OpenID provider."""

    name: str
    url: str = Field(description="a page to go to, with ?next=", examples=["/api/v1/auth/oidc"])


class MethodsOut(BaseModel):
    """The ways to sign in here."""

    password: bool
    oidc: ProviderOut | None
    registration: Literal["closed", "open"]


class ApiKeyIn(_Closed):
    """A key to make."""

    name: str = Field(min_length=1, max_length=200, pattern=PLAIN, examples=["microscope 2"])
    scopes: list[str] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="at most your own; none: read and write analyses",
        examples=[["analyses:read"]],
    )
    expires_in_days: int | None = Field(
        None, ge=1, le=36_500, description="the service has a default and a limit"
    )


class ApiKeyOut(BaseModel):
    """A key, but for its secret part."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    user_id: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class NewApiKeyOut(ApiKeyOut):
    """A key just made."""

    key: str = Field(description="the key itself; it is never shown again")


class ApiKeysQuery(BaseModel):
    """Which keys to list."""

    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")
    all: bool = Field(False, description="those of the whole organisation; for its administrators")


class ApiKeysOut(BaseModel):
    """Some keys, newest first."""

    items: list[ApiKeyOut]
    next_cursor: str | None
