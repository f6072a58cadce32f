"""Tokens sent by mail: drawn once, told once, kept only as HMAC-SHA-256 under the server's secret."""

import hashlib
import hmac
import secrets

TOKEN_PATTERN = r"^[0-9A-Za-z_-]{43}$"  # noqa: S105 - what one looks like


def new_token() -> str:
    """Return 256 random bits as text for a mail."""
    return secrets.token_urlsafe(32)


def digest(secret: str, purpose: str, token: str) -> str:
    """Return what is kept of a token; one for another purpose does not fit."""
    return hmac.new(secret.encode(), f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()
