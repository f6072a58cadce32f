"""What a role may do: scopes. A key carries some of them, and never more than its user's role has now.

A guest belongs to no organisation: they see what is assigned to them and nothing else.
"""

READ_ANALYSES, WRITE_ANALYSES = "analyses:read", "analyses:write"
READ_ASSIGNMENTS, WRITE_ASSIGNMENTS = "assignments:read", "assignments:write"
READ_REVIEWS, WRITE_REVIEWS = "reviews:read", "reviews:write"
READ_LEARNING, WRITE_LEARNING = "learning:read", "learning:write"
READ_ACCOUNT, WRITE_ACCOUNT = "account:read", "account:write"
READ_ORGANISATION, WRITE_ORGANISATION = "organisation:read", "organisation:write"
READ_AUDIT = "audit:read"
WRITE_MODELS = "models:write"
"""Operates versions for the whole site: in no role, only in operators' keys."""

ADMINISTRATOR = "administrator"
GUEST = "guest"

_EVERYBODY = (READ_ACCOUNT, WRITE_ACCOUNT, READ_ANALYSES, READ_ASSIGNMENTS, WRITE_ASSIGNMENTS)
_LEARNS = (READ_LEARNING, WRITE_LEARNING)
_ANSWERS = (READ_REVIEWS, WRITE_REVIEWS)
_ANALYST = (*_EVERYBODY, *_LEARNS, WRITE_ANALYSES, READ_REVIEWS, READ_ORGANISATION)
_PATHOLOGIST = (*_ANALYST, WRITE_REVIEWS)

SCOPES: tuple[str, ...] = tuple(dict.fromkeys((*_PATHOLOGIST, WRITE_ORGANISATION, READ_AUDIT)))
KEY_SCOPES: tuple[str, ...] = (READ_ANALYSES, WRITE_ANALYSES)
"""What a key carries where nobody asks for more."""
ROLE_SCOPES: dict[str, frozenset[str]] = {
    ADMINISTRATOR: frozenset(SCOPES),
    "pathologist": frozenset(_PATHOLOGIST),
    "analyst": frozenset(_ANALYST),
    "student": frozenset((*_EVERYBODY, *_LEARNS, WRITE_ANALYSES)),
    GUEST: frozenset((*_EVERYBODY, *_LEARNS, *_ANSWERS)),
}
