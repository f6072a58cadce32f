"""Passwords are kept as argon2id, and fit nothing but themselves."""

import pytest

from gateway.identity.passwords import hash_password, verify_password


def test_only_the_password_itself_fits_what_was_kept() -> None:
    kept = hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert verify_password(kept, "correct horse battery")
    assert not verify_password(kept, "correct horse batteries")
    assert hash_password("correct horse battery") != kept


@pytest.mark.parametrize("kept", ["", "correct horse battery", "$argon2id$v=19$nonsense"])
def test_no_password_fits_what_is_no_hash(kept: str) -> None:
    assert not verify_password(kept, "correct horse battery")
