"""The tables, a module for each concern. Every record belongs to an organisation and to who made it."""

from gateway.models.audit import AuditEvent
from gateway.models.learning import REFERENCES, Annotation
from gateway.models.people import (
    EMAIL_PURPOSES,
    ROLES,
    ApiKey,
    BrowserSession,
    EmailToken,
    Invitation,
    Membership,
    OidcIdentity,
    Organisation,
    User,
)
from gateway.models.records import (
    CATEGORIES,
    SCALE_SOURCES,
    STATUSES,
    UNFINISHED,
    Analysis,
    Correction,
    IdempotencyKey,
    Result,
    Tag,
)
from gateway.models.reviews import (
    AGREEMENTS,
    ASSIGNMENT_STATUSES,
    OPEN_ASSIGNMENT,
    PURPOSES,
    Assignment,
    Contact,
    Review,
)

__all__ = [
    "AGREEMENTS",
    "ASSIGNMENT_STATUSES",
    "CATEGORIES",
    "EMAIL_PURPOSES",
    "OPEN_ASSIGNMENT",
    "PURPOSES",
    "REFERENCES",
    "ROLES",
    "SCALE_SOURCES",
    "STATUSES",
    "UNFINISHED",
    "Analysis",
    "Annotation",
    "ApiKey",
    "Assignment",
    "AuditEvent",
    "BrowserSession",
    "Contact",
    "Correction",
    "EmailToken",
    "IdempotencyKey",
    "Invitation",
    "Membership",
    "OidcIdentity",
    "Organisation",
    "Result",
    "Review",
    "Tag",
    "User",
]
