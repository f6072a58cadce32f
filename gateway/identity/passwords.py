"""Passwords as argon2id (RFC 9106): hashed, checked, and hashed anew where the parameters have changed.

A hash takes much memory, so only a few are computed at once; who waits too long is asked to come again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.identity.problems import WeakPasswordProblem
from gateway.identity.settings import IdentitySettings
from gateway.problems import BusyProblem

LENGTHS = (12, 256)
_AT_ONCE = threading.BoundedSemaphore(4)
_PATIENCE_SECONDS = 10.0
_FEWEST_CHARACTERS = 5


def check_strength(password: str, email: str) -> None:
    """Refuse what is guessed first; raises WeakPasswordProblem."""
    if not LENGTHS[0] <= len(password) <= LENGTHS[1]:
        raise WeakPasswordProblem(f"Use {LENGTHS[0]} to {LENGTHS[1]} characters.")
    name = email.partition("@")[0]
    if email in password.lower() or (len(name) >= _FEWEST_CHARACTERS and name in password.lower()):
        raise WeakPasswordProblem("Leave your address out of it.")
    if len(set(password)) < _FEWEST_CHARACTERS:
        raise WeakPasswordProblem("Use more than a few different characters.")


def hash_password(settings: IdentitySettings, password: str) -> str:
    """Return what is stored; raises BusyProblem."""
    with _slot():
        return _hasher(settings.password_memory_kib, settings.password_rounds).hash(password)


def matches(settings: IdentitySettings, stored: str | None, password: str) -> bool:
    """Tell whether it is the password; without one stored that takes as long. Raises BusyProblem."""
    hasher = _hasher(settings.password_memory_kib, settings.password_rounds)
    with _slot():
        try:
            return hasher.verify(stored or _of_nobody(hasher), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(settings: IdentitySettings, stored: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _hasher(settings.password_memory_kib, settings.password_rounds).check_needs_rehash(stored)


@cache
def _hasher(memory_kib: int, rounds: int) -> PasswordHasher:
    return PasswordHasher(time_cost=rounds, memory_cost=memory_kib)


@cache
def _of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody's password")


@contextmanager
def _slot() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
        raise BusyProblem("Too many people sign in just now; try again.", retry_after_seconds=5)
    try:
        yield
    finally:
        _AT_ONCE.release()
