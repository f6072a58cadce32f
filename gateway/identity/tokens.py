"""Random tokens that people or browsers hold; the database holds their HMAC-SHA-256 only.

The purpose goes into the HMAC, so that a token of one kind is nothing as another.
"""

import hashlib
import hmac
import secrets

TOKEN_PATTERN = r"^[0-9A-Za-z_-]{43}$"  # noqa: S105 - what one looks like


def new_token() -> str:
    """Draw a token of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str, purpose: str, token: str) -> str:
    """Return what is stored in a token's place, in 64 hexadecimal digits."""
    return hmac.new(secret.encode(), f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()
