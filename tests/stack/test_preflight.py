"""Every obstacle before the start is one sentence that says what to do."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import preflight
from stack.preflight import PreflightError


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def sentence(error: pytest.ExceptionInfo[PreflightError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(taken_port: int) -> None:
    with pytest.raises(PreflightError) as error:
        preflight.check_ports({"GATEWAY_PORT": taken_port}, "127.0.0.1")
    assert f"Port {taken_port} " in sentence(error)
    assert "Address already in use" in sentence(error)
    assert "GATEWAY_PORT=" in sentence(error)


def test_a_free_port_passes(taken_port: int) -> None:
    with socket.socket() as briefly:
        briefly.bind(("127.0.0.1", 0))
        free = briefly.getsockname()[1]
    preflight.check_ports({"GATEWAY_PORT": free}, "127.0.0.1")


def test_a_port_asked_for_twice_is_refused() -> None:
    with pytest.raises(PreflightError) as error:
        preflight.check_ports({"GATEWAY_PORT": 8080, "OTHER_PORT": 8080}, "127.0.0.1")
    assert "GATEWAY_PORT and OTHER_PORT are both 8080" in sentence(error)


def test_a_nearly_full_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as error:
        preflight.check_disk(tmp_path, min_free_mib=2**40)
    assert "make room" in sentence(error)


def test_a_disk_with_room_passes(tmp_path: Path) -> None:
    preflight.check_disk(tmp_path, min_free_mib=0)


def test_a_missing_tool_is_named(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as error:
        preflight.check_tools(tmp_path)
    assert "gunicorn" in sentence(error)


def test_this_environment_has_every_tool() -> None:
    preflight.check_tools(Path(sys.executable).parent)


def test_an_old_python_is_refused() -> None:
    with pytest.raises(PreflightError) as error:
        preflight.check_python((3, 9))
    assert "Python 3.11 or newer is needed and this is 3.9" in sentence(error)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PreflightError) as error:
        preflight.check_folder(tmp_path / "file" / "var")
    assert "KI67_VAR" in sentence(error)


def test_a_data_folder_is_private(tmp_path: Path) -> None:
    preflight.check_folder(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


def test_a_data_folder_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    preflight.check_folder(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_second_run_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with preflight.lock(tmp_path), pytest.raises(PreflightError) as error:
        preflight.lock(tmp_path)
    assert "already run" in sentence(error)
    preflight.lock(tmp_path).close()
