"""Removes what has ended: sessions and tokens; the worker calls it at each of its rounds."""

from gateway.extensions import settings
from gateway.identity import email_tokens, sessions


def delete_expired() -> None:
    """Delete ended sessions and expired tokens; the caller commits."""
    sessions.delete_ended(settings())
    email_tokens.delete_expired()
