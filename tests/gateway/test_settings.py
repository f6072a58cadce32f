"""Settings: from the environment, secrets also from files, insecure defaults never in production."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gunicorn.util import parse_address
from pydantic import SecretStr, ValidationError

from gateway.settings import InsecureDefaultWarning, Settings
from model_store import DEFAULT_VERSION
from tests.imports import ROOT

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
    monkeypatch.setenv("GATEWAY_MAILER", "folder")
    assert Settings().secret.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, "MAILER"),
        ({"mailer": "smtp", "smtp_host": "mail.example.org"}, "PUBLIC_URL"),
        ({"mailer": "folder", "cookie_secure": False}, "COOKIE_SECURE"),
        ({"mailer": "folder", "public_url": "http://ki67.example.org"}, "PUBLIC_URL is not HTTPS"),
        ({"mailer": "folder", "oidc_issuer": "http://id.example.org"}, "OIDC_ISSUER"),
        ({"mailer": "smtp", "smtp_host": "mail", "smtp_security": "none"}, "SMTP_SECURITY"),
    ],
)
def test_production_refuses_insecure_sign_in(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(secret=SecretStr(SECRET), environment="production", **more)


def test_cookies_are_secure_unless_a_developer_works_on_loopback() -> None:
    secret = SecretStr(SECRET)
    assert not Settings(secret=secret).secure_cookies
    assert Settings(secret=secret, host="192.0.2.7").cookie_name == "__Host-ki67"
    assert Settings(secret=secret, environment="production", mailer="folder").secure_cookies


def test_the_file_of_a_secret_that_is_given_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_FILE", str(tmp_path / "missing"))
    assert Settings(secret=SecretStr(SECRET)).secret.get_secret_value() == SECRET
    monkeypatch.setenv("GATEWAY_SECRET", SECRET)
    assert Settings().secret.get_secret_value() == SECRET


def test_a_secrets_missing_file_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "gateway-secret"
    flask = Path(sys.executable).with_name("flask")
    done = subprocess.run(
        [flask, "--app", "gateway", "revoke-api-key", "0"],
        cwd=ROOT,
        env=os.environ | {"GATEWAY_SECRET_FILE": str(missing)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {missing}, which GATEWAY_SECRET_FILE names, cannot be read")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "::", "::1", "localhost"])
def test_gunicorn_understands_the_address(host: str) -> None:
    assert parse_address(Settings(secret=SecretStr(SECRET), host=host).bind) == (host, 8000)


def test_an_image_that_hangs_is_torchserves_to_report() -> None:
    """Were the gateway to hang up first, the image would be asked for again without limit."""
    configuration = (ROOT / "model_store" / "ki67" / DEFAULT_VERSION / "model-config.yaml").read_text(
        encoding="utf-8"
    )
    told = re.search(r"^responseTimeout: (\d+)$", configuration, re.MULTILINE)
    assert told is not None
    limit_s = Settings(secret=SecretStr(SECRET)).torchserve_answer_seconds
    assert int(told.group(1)) < limit_s < 2 * int(told.group(1))


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
