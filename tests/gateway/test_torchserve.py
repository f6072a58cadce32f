"""The client of TorchServe, against the real server and against none."""

import json
import time
from pathlib import Path

import msgpack
import pytest

from gateway.torchserve import (
    MESSAGE_TYPE,
    ImageProblemError,
    ScoringAttemptError,
    TorchServe,
    TorchServeUnavailableError,
    VersionBusyError,
    VersionMissingError,
)
from gateway.torchserve_keys import KeyFile
from handler.packing import unpack_field
from model_store import DEFAULT_VERSION
from tests.gateway.misbehaving import answering_server, silent_server
from tests.gateway.stage import Stage, phantom_png, stage_settings
from tests.serving import RunningTorchServe


def test_an_image_comes_back_as_a_scored_field(live: Stage, field: bytes) -> None:
    scored = live.services.torchserve.score(field, {"mpp": "0.5"}, DEFAULT_VERSION, "an-id")
    analysis = unpack_field(scored.nuclei, scored.probability_map)
    assert analysis.scale.mpp == 0.5
    assert (analysis.image.width_px, analysis.image.height_px) == (256, 192)
    assert scored.answer["counts"]["total"] == len(analysis.decoded.nuclei)


@pytest.mark.parametrize(
    "message", [[], {"answer": {}, "mask": {}}, {"answer": {}, "nuclei": "", "map": b""}]
)
def test_a_message_of_another_layout_is_a_failed_attempt(tmp_path: Path, message: object) -> None:
    """As an archive built from other code may send."""
    with answering_server(200, msgpack.packb(message), MESSAGE_TYPE) as server:
        client = TorchServe(stage_settings(tmp_path, torchserve_url=server.url))
        with pytest.raises(ScoringAttemptError, match="no message that this gateway reads"):
            client.score(b"an image", {}, DEFAULT_VERSION, "an-id")
        client.close()


def test_what_is_wrong_with_an_image_is_told(live: Stage) -> None:
    with pytest.raises(ImageProblemError) as refused:
        live.services.torchserve.score(b"no image", {}, DEFAULT_VERSION, "an-id")
    assert (refused.value.status, refused.value.code) == (415, "unsupported-image")


def test_a_version_that_is_not_served_is_told_from_one_that_failed(live: Stage, field: bytes) -> None:
    with pytest.raises(VersionMissingError):
        live.services.torchserve.score(field, {}, "9.9", "an-id")


def test_a_full_queue_is_that_versions(tmp_path: Path) -> None:
    with answering_server(503) as server:
        client = TorchServe(stage_settings(tmp_path, torchserve_url=server.url))
        with pytest.raises(VersionBusyError):
            client.score(b"an image", {}, DEFAULT_VERSION, "an-id")
        client.close()


def test_a_probe_tells_who_is_ready_and_who_is_not_served(live: Stage) -> None:
    assert live.services.torchserve.probe(DEFAULT_VERSION) == "ready"
    assert live.services.torchserve.probe("9.9") == "missing"


def test_a_probe_of_a_silent_or_absent_server_is_no_readiness(down: Stage, tmp_path: Path) -> None:
    assert down.services.torchserve.probe(DEFAULT_VERSION) == "unavailable"
    with silent_server() as url:
        client = TorchServe(stage_settings(tmp_path, torchserve_url=url))
        started = time.monotonic()
        assert client.probe(DEFAULT_VERSION) == "silent"
        assert time.monotonic() - started < 10
        client.close()


def test_nobody_listening_is_told_soon(down: Stage) -> None:
    started = time.monotonic()
    with pytest.raises(TorchServeUnavailableError):
        down.services.torchserve.score(phantom_png(), {}, DEFAULT_VERSION, "an-id")
    assert time.monotonic() - started < 10


def test_old_keys_are_read_anew(torchserve: RunningTorchServe, tmp_path: Path, field: bytes) -> None:
    """As after a restart of TorchServe: the keys known are refused, the file has new ones."""
    file = tmp_path / "key_file.json"
    entry = {"key": "outdated", "expiration time": "never"}
    file.write_text(json.dumps({"inference": entry, "management": entry}))
    client = TorchServe(stage_settings(tmp_path, torchserve, torchserve_key_file=file))
    with pytest.raises(TorchServeUnavailableError):
        client.score(field, {}, DEFAULT_VERSION, "an-id")
    file.write_bytes((torchserve.folder / "key_file.json").read_bytes())
    assert client.score(field, {}, DEFAULT_VERSION, "an-id").answer["counts"]
    client.close()


def test_a_changed_key_file_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "key_file.json"
    keys = KeyFile(file)
    assert keys.header("inference") == {}
    for key in ("first", "second"):
        temporary = tmp_path / key
        temporary.write_text(json.dumps({"inference": {"key": key}}))
        temporary.replace(file)
        assert keys.header("inference") == {"Authorization": f"Bearer {key}"}


def test_a_half_written_key_file_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "key_file.json"
    file.write_text('{"inference": {"ke')
    assert KeyFile(file).header("inference") == {}


@pytest.mark.parametrize(("seconds", "connections"), [(30.0, 1), (0.0, 3)])
def test_connections_are_kept_unless_several_torchserves_share_an_address(
    tmp_path: Path, seconds: float, connections: int
) -> None:
    with answering_server(200, keeps=True) as server:
        settings = stage_settings(tmp_path, torchserve_url=server.url, torchserve_keepalive_seconds=seconds)
        torchserve = TorchServe(settings)
        for _ in range(3):
            torchserve.probe("1.1")
        torchserve.close()
        assert (server.requests, server.connections) == (3, connections)
