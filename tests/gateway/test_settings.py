"""Settings: from the environment, secrets also from files, insecure defaults never in production."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.settings import InsecureDefaultWarning, Settings

SECRET = "x" * 40


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GATEWAY_SECRET", "GATEWAY_SECRET_FILE", "GATEWAY_ENVIRONMENT", "KI67_VAR", "GATEWAY_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_development_starts_with_a_warning() -> None:
    with pytest.warns(InsecureDefaultWarning, match="GATEWAY_SECRET"):
        assert Settings().environment == "development"


def test_production_refuses_the_default_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="GATEWAY_SECRET"):
        Settings()


def test_production_refuses_a_short_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_ENVIRONMENT", "production")
    monkeypatch.setenv("GATEWAY_SECRET", "short")
    with pytest.raises(ValidationError, match="shorter"):
        Settings()


def test_production_starts_with_a_secret_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    monkeypatch.setenv("GATEWAY_ENVIRONMENT", "production")
    monkeypatch.setenv("GATEWAY_SECRET_FILE", str(file))
    assert Settings().secret.get_secret_value() == SECRET


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", SECRET)
    monkeypatch.setenv("GATEWAY_PORT", "8123")
    monkeypatch.setenv("KI67_VAR", str(tmp_path))
    settings = Settings()
    assert settings.port == 8123
    assert settings.database == f"sqlite:///{tmp_path / 'ki67.sqlite3'}"


def test_a_value_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", SECRET)
    monkeypatch.setenv("GATEWAY_PORT", "70000")
    with pytest.raises(ValidationError):
        Settings()


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", SECRET)
    settings = Settings()
    assert SECRET not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1


def test_an_image_limit_beyond_what_torchserve_takes_is_refused() -> None:
    with pytest.raises(ValidationError, match="image_limit_bytes"):
        Settings(image_limit_bytes=(64 << 20) + 1)
