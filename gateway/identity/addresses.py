"""Email addresses: any spelling in, the one that is kept out."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

MAXIMUM_LENGTH = 320


def normal_address(text: str) -> str:
    """Return the address in lower case, its domain as IDNA writes it; raises ValueError."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ValueError("not an email address") from error


EmailAddress = Annotated[
    str,
    Field(min_length=3, max_length=MAXIMUM_LENGTH, examples=["alice@clinic.example"]),
    AfterValidator(normal_address),
]
