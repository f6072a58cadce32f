"""What the chart tells the programs is what they read, and the gateway starts with it in production."""

import base64
import re
from pathlib import Path

import pytest

from gateway.keys import _KEY as API_KEY
from gateway.routing.operator_keys import is_operator_key
from gateway.settings import MINIMUM_SECRET_LENGTH, PREFIX, Settings
from tests.helm.combinations import COMBINATIONS, rendered
from tests.helm.rendering import PROFILES, Object, objects, the

ALL = ["", *PROFILES, *COMBINATIONS]
OURS = ("gateway", "worker", "migrations")
SECRETS = {
    "gateway-secret": "a" * 64,
    "database-url": "postgresql+psycopg://ki67:secret@records:5432/ki67",
}


def environment(each: Object) -> dict[str, str]:
    (container,) = each.pod["spec"]["containers"]  # type: ignore[index]
    return {it["name"]: it.get("value", "from a Secret") for it in container["env"]}


def of(found: tuple[Object, ...], component: str) -> Object:
    (one,) = (each for each in found if each.component == component)
    return one


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("component", OURS)
def test_every_variable_of_the_gateway_is_a_setting(name: str, component: str) -> None:
    known = {f"{PREFIX}{field}".upper() for field in Settings.model_fields}
    for variable in environment(of(rendered(name), component)):
        if variable.startswith(PREFIX):
            assert variable.removesuffix("_FILE") in known


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("component", OURS)
def test_the_gateway_starts_with_them_in_production(
    name: str, component: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = environment(of(rendered(name), component))
    for variable, text in told.items():
        monkeypatch.setenv(variable, with_secrets(text, tmp_path))
    settings = Settings()
    assert settings.environment == "production"
    assert settings.torchserve_url == f"http://{service(rendered(name), 'torchserve')}.lab.svc:8080"
    assert (settings.worker_metrics_port == 9100) == (component == "worker")
    assert settings.database.startswith("sqlite:") == ("GATEWAY_DATABASE_URL_FILE" not in told)


def with_secrets(text: str, folder: Path) -> str:
    """Write the file that a variable names, and return where it is."""
    if not text.startswith("/run/secrets/ki67/"):
        return text.replace("/var/lib/ki67", str(folder))
    path = folder / Path(text).name
    path.write_text(SECRETS.get(path.name, "secret"), encoding="utf-8")
    return str(path)


def service(found: tuple[Object, ...], component: str) -> str:
    """Return the name of the component's Service that has an address of its own."""
    label = "app.kubernetes.io/component"
    (one,) = (
        each.name
        for each in found
        if each.kind == "Service" and each.labels[label] == component and "clusterIP" not in each.spec
    )
    return one


@pytest.mark.parametrize("name", ALL)
def test_every_file_that_is_named_is_mounted(name: str) -> None:
    for each in rendered(name):
        if each.pod is None or "/run/secrets/ki67" not in str(each.pod):
            continue
        there = set(mounted(each))
        wanted = set(re.findall(r"/run/secrets/ki67/([a-z0-9-]+)", str(each.pod)))
        assert wanted == there, each


def mounted(each: Object) -> list[str]:
    """Return the files of the volume at /run/secrets/ki67."""
    (container,) = each.pod["spec"]["containers"]  # type: ignore[index]
    (volume,) = (it["name"] for it in container["volumeMounts"] if it["mountPath"] == "/run/secrets/ki67")
    (source,) = (it for it in each.pod["spec"]["volumes"] if it["name"] == volume)  # type: ignore[index]
    parts = [it["secret"] for it in source.get("projected", {}).get("sources", [])] or [source["secret"]]
    return [item["path"] for part in parts for item in part["items"]]


def test_no_secret_stands_in_an_environment() -> None:
    """But the bucket's key id, which is half a secret and which the gateway reads in no other way."""
    for name in ALL:
        for each in rendered(name):
            for container in each.containers():
                for it in container.get("env", []):
                    if "valueFrom" in it:
                        assert it["name"] in {
                            "GATEWAY_S3_ACCESS_KEY_ID",
                            "AWS_ACCESS_KEY_ID",
                            "AWS_SECRET_ACCESS_KEY",
                        }


def test_drawn_keys_are_keys() -> None:
    drawn = keys(list(objects({})))
    assert len(drawn["gateway-secret"]) >= 2 * MINIMUM_SECRET_LENGTH
    assert is_operator_key(drawn["operator-key"])
    assert API_KEY.fullmatch(drawn["check-key"])
    assert drawn != keys(list(objects({})))


def keys(found: list[Object]) -> dict[str, str]:
    data = the(found, "Secret", "ki67-keys").body["data"]
    return {name: base64.b64decode(text).decode() for name, text in data.items()}


def test_pods_see_no_key_but_those_they_use() -> None:
    seen = {each.component: set(mounted(each)) for each in rendered("small") if each.pod}
    assert seen == {
        "gateway": {"gateway-secret"},
        "worker": {"gateway-secret"},
        "migrations": {"gateway-secret", "operator-key", "check-key"},
        "torchserve": {"operator-key"},
        "operator": {"operator-key"},
        "check": {"check-key"},
    }


def test_a_pod_is_given_more_time_to_end_than_it_takes() -> None:
    gateway, torchserve = (
        the(rendered(""), "Deployment", f"ki67-{name}").pod for name in ("gateway", "torchserve")
    )
    assert gateway is not None
    assert torchserve is not None
    gunicorn_s = 30
    assert gateway["spec"]["terminationGracePeriodSeconds"] > 8 + gunicorn_s
    java_s = 10
    assert torchserve["spec"]["terminationGracePeriodSeconds"] > 5 + 60 + java_s
