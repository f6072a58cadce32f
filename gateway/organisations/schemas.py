"""What the API takes and gives about organisations, members and invitations."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.identity.addresses import EmailAddress
from gateway.identity.passwords import LENGTHS
from gateway.identity.tokens import TOKEN_PATTERN
from handler.options import PERCENT_RANGE
from handler.scale import MPP_RANGE

Role = Literal["administrator", "pathologist", "analyst", "student"]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Percent = Annotated[float, Field(ge=PERCENT_RANGE[0], le=PERCENT_RANGE[1])]
Boundaries = Annotated[list[Percent], Field(min_length=2, max_length=2)]
LONGEST_RETENTION_DAYS = 36_500


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")


class MembershipOut(BaseModel):
    """An organisation that you belong to."""

    id: str
    name: str = Field(examples=["Clinic for Pathology"])
    role: Role
    current: bool = Field(description="your key or session acts in this one")


class MembershipsOut(BaseModel):
    """One page."""

    items: list[MembershipOut]
    next_cursor: str | None


class OrganisationOut(BaseModel):
    """An organisation and what stands where a request says nothing else."""

    id: str
    name: str
    created_at: str
    updated_at: str
    category_boundaries_percent: Boundaries | None = Field(
        description="null: those of the version that scores", examples=[[5, 30]]
    )
    default_mpp: float | None = Field(description="null: the model's own default", examples=[0.25])
    retention_days: int | None = Field(description="null: analyses are kept", examples=[365])


class OrganisationIn(BaseModel):
    """New settings; those left out stay as they are, null takes one back."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(None, description="unique, cannot be taken back", examples=["Clinic"])
    category_boundaries_percent: Boundaries | None = Field(
        None, description="ascending; low below the first, high above the second", examples=[[10, 20]]
    )
    default_mpp: float | None = Field(
        None,
        ge=MPP_RANGE[0],
        le=MPP_RANGE[1],
        description="microns per pixel of images of which neither request nor file says it",
    )
    retention_days: int | None = Field(
        None, ge=1, le=LONGEST_RETENTION_DAYS, description="analyses older than this are deleted for good"
    )

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        boundaries = self.category_boundaries_percent
        if boundaries and boundaries[0] > boundaries[1]:
            raise ValueError("category_boundaries_percent must ascend")
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name must not be null")
        return self


class MemberOut(BaseModel):
    """Somebody in the organisation."""

    user_id: str
    name: str
    email: str
    role: Role
    joined_at: str


class MembersOut(BaseModel):
    """One page."""

    items: list[MemberOut]
    next_cursor: str | None


class MemberIn(BaseModel):
    """What a member is to be."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class InvitationIn(BaseModel):
    """Whom to invite, as what."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    role: Role


class InvitationOut(BaseModel):
    """A place kept for whoever reads that address; an expired one can be sent anew."""

    id: str
    email: str
    role: Role
    status: Literal["pending", "expired"]
    invited_by_id: str | None
    created_at: str
    expires_at: str


class InvitationsOut(BaseModel):
    """One page."""

    items: list[InvitationOut]
    next_cursor: str | None


class AcceptanceIn(BaseModel):
    """The token of the mail; name and password where no account is signed in, to make one."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(pattern=TOKEN_PATTERN)
    name: Name | None = Field(None, examples=["Alice Example"])
    password: str | None = Field(None, min_length=LENGTHS[0], max_length=LENGTHS[1])


class AcceptedOut(BaseModel):
    """Whose member one has become, and as what."""

    organisation_id: str
    organisation_name: str
    user_id: str
    role: Role
