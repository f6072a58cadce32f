"""The services of one machine and what they are given."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from model_store.archive import sha256_of
from model_store.served import Served
from model_store.supervise import STOP_S
from stack import services
from stack.settings import ROOT, StackSettings
from stack.supervisor import Service
from stack.terminal import greeting


@pytest.mark.parametrize("service", [services.gateway, services.worker])
def test_requests_under_way_may_end_before_the_gateway_is_killed(
    service: Callable[[StackSettings], Service], tmp_path: Path
) -> None:
    text = (ROOT / "gateway" / "gunicorn.conf.py").read_text(encoding="utf-8")
    told = re.search(r"^graceful_timeout = (\d+)$", text, re.MULTILINE)
    assert told is not None
    assert service(StackSettings(ki67_var=tmp_path)).grace_s > int(told.group(1))


def test_the_secret_is_drawn_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = StackSettings(ki67_var=tmp_path)
    services.make_secret(settings)
    path = services.secret_file(settings)
    drawn = path.read_text(encoding="utf-8")
    assert len(drawn) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    services.make_secret(settings)
    assert path.read_text(encoding="utf-8") == drawn
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_secret_of_a_killed_start_is_drawn_anew(tmp_path: Path) -> None:
    settings = StackSettings(ki67_var=tmp_path)
    services.secret_file(settings).touch()
    services.make_secret(settings)
    assert len(services.secret_file(settings).read_text(encoding="utf-8")) == 64


def test_the_first_version_served_is_the_gateways_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_MODEL_VERSION", raising=False)
    settings = StackSettings(ki67_var=tmp_path, ki67_versions="2.0,1.0,2.0")
    assert settings.versions == ["2.0", "1.0"]
    assert services.gateway(settings).environment["GATEWAY_MODEL_VERSION"] == "2.0"


@pytest.mark.parametrize("versions", ["", "1.0,", "../1.0", "1.0, 1.1"])
def test_a_list_of_versions_that_cannot_be_is_refused(versions: str) -> None:
    with pytest.raises(ValidationError):
        StackSettings(ki67_versions=versions)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_curl_line_reaches_this_machine_past_any_proxy(host: str, url: str) -> None:
    settings = StackSettings(gateway_host=host, gateway_port=8000)
    assert settings.gateway_url == url
    assert "  curl --noproxy '*' -H " in greeting(settings)
    assert f" {url}/api/v1/analyses\n" in greeting(settings)


def test_the_curl_line_to_another_address_obeys_the_proxy() -> None:
    assert "--noproxy" not in greeting(StackSettings(gateway_host="192.0.2.7"))


def loaded(settings: StackSettings) -> list[str]:
    text = (services.torchserve_folder(settings) / "config.properties").read_text("ascii")
    found = re.search(r"^load_models=(.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1].split(",")


def test_a_new_start_of_torchserve_serves_what_was_registered_and_promoted_meanwhile(tmp_path: Path) -> None:
    settings = StackSettings(ki67_var=tmp_path, ki67_versions="colour-1.0")
    service = services.torchserve(settings)
    assert loaded(settings) == ["ki67-colour-1.0.mar"]
    store = tmp_path / "model-archives"
    other = store / "ki67-2.0.mar"
    other.write_bytes(b"an archive")
    Served().with_version("2.0", sha256_of(other)).with_default("2.0", "colour-1.0").write(store)
    service.before_start()
    assert loaded(settings) == ["ki67-2.0.mar", "ki67-colour-1.0.mar"]


def test_torchserve_may_drain_before_it_is_killed(tmp_path: Path) -> None:
    service = services.torchserve(StackSettings(ki67_var=tmp_path, ki67_versions="colour-1.0"))
    told = json.loads((service_folder := tmp_path / "torchserve").joinpath("launch.json").read_text())
    assert service.command[-1] == str(service_folder)
    assert service.grace_s > told["grace_s"] + STOP_S
