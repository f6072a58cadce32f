"""What the API takes and gives about second opinions, as Pydantic models."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)

from gateway.schemas import Category

Purpose = Literal["second_opinion", "learning"]
AssignmentStatus = Literal["requested", "accepted", "declined", "done"]
Agreement = Literal["agree", "disagree", "unsure"]
_STATUS = "requested|accepted|declined|done"
_COUNT_LIMIT = 1_000_000

Address = Annotated[EmailStr, AfterValidator(str.lower), Field(examples=["expert@example.org"])]
"""An address in lower case, as the users' are."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_WITHOUT_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL in a text."""


class ContactIn(BaseModel):
    """A favourite; the address may be anybody's."""

    model_config = ConfigDict(extra="forbid")

    email: Address
    name: str = Field(min_length=1, max_length=200, pattern=_WITHOUT_NUL, examples=["Dr. Kim Lee"])


class ContactOut(BaseModel):
    """A favourite. Nothing tells whether the address has an account here."""

    id: str
    email: str
    name: str
    created_at: str
    updated_at: str


class ContactsOut(BaseModel):
    """One page."""

    items: list[ContactOut]
    next_cursor: str | None


class PageQuery(BaseModel):
    """Which part of a list."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")


class AssignmentIn(BaseModel):
    """Whom to ask, by exactly one of `contact_id`, `user_id` and `email`, and for what."""

    model_config = ConfigDict(extra="forbid")

    contact_id: Identifier | None = Field(None, description="one of your contacts")
    user_id: Identifier | None = Field(None, description="a member of the record's organisation")
    email: Address | None = Field(None, description="an address; it need not have an account yet")
    purpose: Purpose = "second_opinion"
    blind: bool = Field(True, description="hide the result until the review is in; always so for learning")
    note: str = Field("", max_length=2000, pattern=_WITHOUT_NUL, examples=["Hot spot at the upper border?"])
    due_on: date | None = Field(None, description="not in the past", examples=["2027-01-31"])

    @model_validator(mode="after")
    def _names_one_person(self) -> Self:
        if sum(each is not None for each in (self.contact_id, self.user_id, self.email)) != 1:
            raise ValueError("name the person by exactly one of contact_id, user_id and email")
        return self


class AssignmentStepIn(BaseModel):
    """The assignee's answer to a request."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["accepted", "declined"]


class AssignmentsQuery(PageQuery):
    """Which assignments to list."""

    role: Literal["assignee", "assigner"] = Field("assignee", description="asked of you, or by you")
    status: str | None = Field(
        None,
        pattern=rf"^({_STATUS})(,({_STATUS})){{0,3}}$",
        description="one or several, separated by commas",
    )
    purpose: Purpose | None = None


class AssignerOut(BaseModel):
    """Who asks."""

    id: str
    name: str
    email: str


class AssignmentOut(BaseModel):
    """One record, shown to one person."""

    id: str
    analysis_id: str
    assigner: AssignerOut
    assignee_email: str
    purpose: Purpose
    blind: bool
    note: str
    due_on: date | None
    overdue: bool = Field(description="open, and its day has passed")
    status: AssignmentStatus
    created_at: str
    updated_at: str
    links: dict[str, str]


class AssignmentsOut(BaseModel):
    """One page, newest first."""

    items: list[AssignmentOut]
    next_cursor: str | None


class ReviewIn(BaseModel):
    """Own counts or a category, and where the result was shown whether one agrees with it."""

    model_config = ConfigDict(extra="forbid")

    immunopositive: int | None = Field(None, ge=0, le=_COUNT_LIMIT, examples=[58])
    immunonegative: int | None = Field(None, ge=0, le=_COUNT_LIMIT, examples=[231])
    category: Category | None = Field(
        None, description="left out: from the counts, by the record's boundaries"
    )
    agreement: Agreement | None = Field(None, description="with the result; only where it was shown to you")
    comment: str = Field("", max_length=5000, pattern=_WITHOUT_NUL)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.immunopositive is None) != (self.immunonegative is None):
            raise ValueError("immunopositive and immunonegative come together")
        if self.immunopositive is None and self.category is None and self.agreement is None:
            raise ValueError("give counts, a category or an agreement")
        return self


class ReviewerOut(BaseModel):
    """Whose opinion it is."""

    id: str
    name: str


class ComparisonOut(BaseModel):
    """The model's current result beside a review; null where one of the two says nothing."""

    revision: int
    index_percent: float | None
    category: Category | None
    index_difference_percent: float | None = Field(
        description="the review's index less the model's, in points"
    )
    category_agrees: bool | None


class ReviewOut(BaseModel):
    """An opinion; it is never changed."""

    id: str
    analysis_id: str
    assignment_id: str | None
    reviewer: ReviewerOut
    created_at: str
    blind: bool = Field(description="given before the result was shown")
    revision: int | None = Field(description="the model's revision that stood at the time")
    immunopositive: int | None
    immunonegative: int | None
    index_percent: float | None
    category: Category | None
    agreement: Agreement | None
    comment: str
    comparison: ComparisonOut | None = Field(description="null while there is no result")


class ReviewsOut(BaseModel):
    """One page, newest first."""

    items: list[ReviewOut]
    next_cursor: str | None


class RaterOut(BaseModel):
    """The model or a reviewer."""

    id: str = Field(description="`model`, or a user's id", examples=["model"])
    name: str


class DifferenceOut(BaseModel):
    """Two opinions on one record."""

    first: str
    second: str
    index_difference_percent: float | None = Field(
        description="the second's index less the first's, in points"
    )
    category_agrees: bool | None


class RecordAgreementOut(BaseModel):
    """How far the model and everybody's latest review of one record agree."""

    analysis_id: str
    raters: list[RaterOut]
    pairs: list[DifferenceOut]


class AgreementQuery(BaseModel):
    """Which records and reviews to compare."""

    case_label: str | None = Field(None, max_length=100, pattern=_WITHOUT_NUL)
    tag: str | None = Field(None, max_length=50, pattern=_WITHOUT_NUL)
    created_from: date | None = Field(None, description="records made on this day (UTC) or later")
    created_to: date | None = Field(None, description="records made on this day (UTC) or before")
    reviewer: Identifier | None = Field(None, description="only pairs with this user")
    blind: bool | None = Field(None, description="only reviews that were given blind, or that were not")


class IndexAgreementOut(BaseModel):
    """Differences of the index, the second's less the first's, in points (Bland and Altman 1986)."""

    n: int
    mean_difference_percent: float | None
    sd_percent: float | None
    limits_percent: tuple[float, float] | None = Field(description="mean -/+ 1.96 standard deviations")


class CategoryAgreementOut(BaseModel):
    """Agreement in the category; kappa is null where chance alone would give full agreement."""

    n: int
    agreement_percent: float | None
    kappa: float | None = Field(description="Cohen 1960, unweighted")
    kappa_linear: float | None = Field(description="Cohen 1968, low to high counts twice low to borderline")


class PairAgreementOut(BaseModel):
    """Two raters over the records that both judged."""

    first: str
    second: str
    index: IndexAgreementOut
    category: CategoryAgreementOut


class AgreementOut(BaseModel):
    """Every pair of raters with a record in common; everybody's latest review of a record counts."""

    records: int
    truncated: bool = Field(description="there were more records or raters than are compared at once")
    raters: list[RaterOut]
    pairs: list[PairAgreementOut]
