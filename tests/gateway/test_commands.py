"""`flask --app gateway …`: the demonstration, keys made and revoked."""

import stat
from pathlib import Path

from tests.gateway.stage import ANALYSES, Person, Stage


def test_the_demonstration_is_seeded_once(down: Stage) -> None:
    runner = down.app.test_cli_runner()
    path: Path = down.services.settings.folder / "api-key"
    assert runner.invoke(args=["seed-demonstration"]).exit_code == 0
    key = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Person(down.app.test_client(), key).get(ANALYSES).status_code == 200
    assert runner.invoke(args=["seed-demonstration"]).exit_code == 0
    assert path.read_text().strip() == key


def test_a_lost_or_revoked_demonstration_key_is_made_anew(down: Stage) -> None:
    runner = down.app.test_cli_runner()
    path: Path = down.services.settings.folder / "api-key"
    runner.invoke(args=["seed-demonstration"])
    old = path.read_text().strip()
    runner.invoke(args=["revoke-api-key", old.split("_")[1]])
    result = runner.invoke(args=["seed-demonstration"])
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
