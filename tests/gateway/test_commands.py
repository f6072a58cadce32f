"""`flask --app gateway …`: the demonstration, keys made and revoked."""

import stat
from pathlib import Path

import pytest
from click.testing import Result

from tests.gateway.browser import PASSWORD, browser
from tests.gateway.stage import ANALYSES, Person, Stage


def test_the_demonstration_is_seeded_once(down: Stage) -> None:
    runner = down.app.test_cli_runner()
    path: Path = down.services.settings.folder / "api-key"
    assert runner.invoke(args=["prepare-database", "--demonstration"]).exit_code == 0
    key = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Person(down.app.test_client(), key).get(ANALYSES).status_code == 200
    assert runner.invoke(args=["prepare-database", "--demonstration"]).exit_code == 0
    assert path.read_text().strip() == key


def test_a_lost_or_revoked_demonstration_key_is_made_anew(down: Stage) -> None:
    runner = down.app.test_cli_runner()
    path: Path = down.services.settings.folder / "api-key"
    runner.invoke(args=["prepare-database", "--demonstration"])
    old = path.read_text().strip()
    runner.invoke(args=["revoke-api-key", old.split("_")[1]])
    result = runner.invoke(args=["prepare-database", "--demonstration"])
    assert result.exit_code == 0
    assert path.read_text().strip() != old
    assert path.read_text().strip() not in result.output


def test_keys_can_be_made_and_revoked(down: Stage) -> None:
    runner = down.app.test_cli_runner()
    arguments = ["create-api-key", "--organisation", "Clinic", "--email", "dora@example.org", "--days", "3"]
    key = runner.invoke(args=arguments).output.strip()
    dora = Person(down.app.test_client(), key)
    assert dora.get(ANALYSES).status_code == 200
    assert runner.invoke(args=["revoke-api-key", key.split("_")[1]]).exit_code == 0
    assert dora.get(ANALYSES).status_code == 401
    assert runner.invoke(args=["revoke-api-key", "000000000000"]).exit_code == 1


def test_a_scope_limits_a_key(down: Stage, field: bytes) -> None:
    arguments = ["create-api-key", "--organisation", "Clinic", "--email", "dora@example.org"]
    result = down.app.test_cli_runner().invoke(args=[*arguments, "--scope", "analyses:read"])
    dora = Person(down.app.test_client(), result.output.strip())
    assert dora.get(ANALYSES).status_code == 200
    assert dora.upload([("a.png", field)]).status_code == 403


def run(stage: Stage, *arguments: str, typed: str | None = None) -> Result:
    return stage.app.test_cli_runner().invoke(args=list(arguments), input=typed)


def test_the_first_administrator_signs_in(quick: Stage) -> None:
    arguments = ("--organisation", "New clinic", "--email", "Eve@example.org", "--password", "stdin")
    result = run(quick, "create-administrator", *arguments, typed=f"{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    eve = browser(quick)
    assert eve.sign_in("eve@example.org").status_code == 200
    assert (eve.document["role"], eve.document["organisation"]["name"]) == ("administrator", "New clinic")


def test_a_link_lets_the_person_choose_a_password(quick: Stage) -> None:
    result = run(quick, "create-administrator", "--organisation", "New clinic", "--email", "eve@example.org")
    token = result.output.strip().partition("#")[2]
    sent = {"token": token, "password": PASSWORD}
    assert quick.app.test_client().post("/api/v1/auth/password-resets", json=sent).status_code == 204
    assert browser(quick).sign_in("eve@example.org").status_code == 200


def test_a_member_becomes_an_administrator(quick: Stage) -> None:
    run(quick, "create-administrator", "--organisation", "Clinic", "--email", "alice@example.org")
    assert quick.alice.get("/api/v1/auth/session").json["role"] == "administrator"  # type: ignore[index]


def test_organisations_and_users_are_made_once(quick: Stage) -> None:
    assert run(quick, "create-organisation", "New clinic").exit_code == 0
    assert run(quick, "create-organisation", "New clinic").exit_code == 1
    arguments = ("create-user", "--email", "eve@example.org", "--organisation", "New clinic")
    assert run(quick, *arguments, "--role", "student").exit_code == 0
    assert run(quick, *arguments).exit_code == 1
    assert run(quick, "create-user", "--email", "dan@example.org", "--organisation", "None").exit_code == 1
    assert run(quick, "create-user", "--email", "no address").exit_code == 1


def test_a_weak_password_is_refused_and_nobody_made(quick: Stage) -> None:
    arguments = ("create-user", "--email", "eve@example.org", "--password", "stdin")
    assert run(quick, *arguments, typed="short\n").exit_code == 1
    assert run(quick, *arguments, typed=f"{PASSWORD}\n").exit_code == 0


def test_the_demonstration_can_be_signed_in_to(quick: Stage) -> None:
    output = run(quick, "prepare-database", "--demonstration").output
    path: Path = quick.services.settings.folder / "demonstration-password"
    password = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert password not in output
    assert browser(quick).sign_in("demonstration@ki67.invalid", password).status_code == 200
    run(quick, "prepare-database", "--demonstration")
    assert path.read_text().strip() == password


@pytest.mark.parametrize("name", ["create-administrator", "create-organisation", "create-user"])
def test_every_command_has_help(quick: Stage, name: str) -> None:
    assert "Usage" in run(quick, name, "--help").output


def test_an_operators_key_is_written_once_and_opens_the_versions_alone(down: Stage, field: bytes) -> None:
    path = down.services.settings.folder / "operator-key"
    output = run(down, "create-operator-key", "--output", str(path)).output
    key = path.read_text().strip()
    assert (stat.S_IMODE(path.stat().st_mode), key not in output) == (0o600, True)
    somebody = Person(down.app.test_client(), key)
    assert somebody.get("/api/v1/models/routes").status_code == 200
    assert somebody.get(ANALYSES).status_code == 403
    assert somebody.upload([("a.png", field)]).status_code == 403
    run(down, "create-operator-key", "--output", str(path))
    assert path.read_text().strip() == key
    assert run(down, "revoke-operator-key", key.split("_")[1]).exit_code == 0
    assert run(down, "revoke-operator-key", key.split("_")[1]).exit_code == 1
    assert somebody.get("/api/v1/models/routes").status_code == 401
    run(down, "create-operator-key", "--output", str(path), "--days", "3")
    assert path.read_text().strip() != key


def test_no_organisations_key_can_have_an_operators_scope(down: Stage) -> None:
    arguments = ("--organisation", "Clinic", "--email", "dora@example.org", "--scope", "models:write")
    assert run(down, "create-api-key", *arguments).exit_code == 2
    asked = down.ann.post("/api/v1/api-keys", json={"name": "x", "scopes": ["models:write"]})
    assert asked.status_code in (403, 422)
