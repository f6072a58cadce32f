"""Passwords are kept as argon2id, and fit nothing but themselves."""

import pytest

from gateway.identity.passwords import hash_password, matches
from gateway.identity.settings import IdentitySettings

QUICK = IdentitySettings(password_memory_kib=8192, password_rounds=1)


def test_only_the_password_itself_fits_what_was_kept() -> None:
    kept = hash_password(QUICK, "correct horse battery")
    assert kept.startswith("$argon2id$")
    assert matches(QUICK, kept, "correct horse battery")
    assert not matches(QUICK, kept, "correct horse batteries")
    assert hash_password(QUICK, "correct horse battery") != kept


@pytest.mark.parametrize("kept", ["", "correct horse battery", "$argon2id$v=19$nonsense"])
def test_no_password_fits_what_is_no_hash(kept: str) -> None:
    assert not matches(QUICK, kept, "correct horse battery")


def test_whoever_has_no_password_is_let_in_by_none() -> None:
    assert not matches(QUICK, None, "nobody's password")
