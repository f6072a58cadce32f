"""Passwords: text in, argon2id's own text out, and whether the two belong together.

argon2-cffi's defaults are RFC 9106's second recommendation; the cost lies in the hash, so that it may grow.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTHS = (12, 256)
_hasher = PasswordHasher()


def hash_password(text: str) -> str:
    """Return what may be kept of a password."""
    return _hasher.hash(text)


def verify_password(kept: str, text: str) -> bool:
    """Tell whether the password is the one that was kept; no hash that cannot be read fits any."""
    try:
        return _hasher.verify(kept, text)
    except (VerificationError, InvalidHashError):
        return False
