"""Tokens sent by mail: drawn once, told once, kept only as HMAC-SHA-256 under the server's secret."""

import hashlib
import hmac
import secrets

MAXIMUM_LENGTH = 100


def new_token() -> str:
    """Return 256 random bits as text for a mail."""
    return secrets.token_urlsafe(32)


def token_digest(secret: str, purpose: str, token: str) -> str:
    """Return what is kept of a token; one for another purpose does not fit."""
    return hmac.new(secret.encode(), f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()
