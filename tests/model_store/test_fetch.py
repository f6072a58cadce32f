"""Archives fetched from where a laboratory keeps them: the very bits that were asked for, or none."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest
from moto.server import ThreadedMotoServer

from benchmark.servers.ports import free_ports
from model_store.archive import ROOT, build_archive, sha256_of
from model_store.fetch import Source
from tests.client.answering import Answer, answering
from tests.model_store.made import COLOUR

BUCKET, KEY = "archives", "only-of-the-tests"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive as a laboratory keeps it."""
    return build_archive(COLOUR, tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def endpoint(kept: Path) -> Iterator[str]:
    """A server that speaks S3 and holds the archive."""
    (port,) = free_ports(1)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{port}"
    httpx2.put(f"{address}/{BUCKET}", timeout=60).raise_for_status()
    httpx2.put(f"{address}/{BUCKET}/of/ours.mar", content=kept.read_bytes(), timeout=60).raise_for_status()
    yield address
    server.stop()


def fetch(
    folder: Path, *words: str, status: int = 0, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_store.fetch", "--into", str(folder), *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment or {}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def source(address: str | Path, kept: Path, version: str = COLOUR) -> str:
    return f"{version}={address}#sha256={sha256_of(kept)}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_from_a_path_under_the_name_that_torchserve_knows(kept: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "as the laboratory names it"
    renamed.write_bytes(kept.read_bytes())
    fetch(tmp_path / "archives", source(renamed, kept))
    assert names(tmp_path / "archives") == [kept.name]
    assert sha256_of(tmp_path / "archives" / kept.name) == sha256_of(kept)


def test_from_a_web_server_and_only_once(kept: Path, tmp_path: Path) -> None:
    with answering(Answer(body=kept.read_bytes())) as server:
        for _ in range(2):
            fetch(tmp_path, source(f"{server.url}/any.mar?signature=secret", kept))
        assert len(server.asked) == 1
    assert names(tmp_path) == [kept.name]


def test_from_a_bucket(kept: Path, endpoint: str, tmp_path: Path) -> None:
    told = {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    told |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY}
    fetch(tmp_path, source(f"s3://{BUCKET}/of/ours.mar", kept), environment=told)
    assert names(tmp_path) == [kept.name]
    missing = source(f"s3://{BUCKET}/none", kept)
    assert "NotFound" in fetch(tmp_path / "b", missing, status=1, environment=told).stderr


def test_other_bits_are_refused_and_nothing_is_left(kept: Path, tmp_path: Path) -> None:
    with answering(Answer(body=b"other bits")) as server:
        done = fetch(tmp_path, source(f"{server.url}/any.mar?signature=secret", kept), status=1)
    assert "has SHA-256" in done.stderr
    assert "secret" not in done.stderr
    assert names(tmp_path) == []


def test_another_version_than_the_one_named_is_refused(kept: Path, tmp_path: Path) -> None:
    assert f"is version {COLOUR}" in fetch(tmp_path, source(kept, kept, "2.0"), status=1).stderr
    assert names(tmp_path) == []


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("no archive")
    assert "no archive" in fetch(tmp_path / "archives", source(other, other, "2.0"), status=1).stderr


def test_a_server_that_refuses_or_is_not_there_is_told(kept: Path, tmp_path: Path) -> None:
    with answering(Answer(status=403)) as server:
        assert "the answer was 403" in fetch(tmp_path, source(server.url, kept), status=1).stderr
    assert "ConnectError" in fetch(tmp_path, source(server.url, kept), status=1).stderr


def test_what_the_image_carries_is_copied_too(kept: Path, tmp_path: Path) -> None:
    baked, archives = tmp_path / "baked", tmp_path / "archives"
    baked.mkdir()
    (baked / "ki67-9.9.mar").write_bytes(b"as the image has it")
    fetch(archives, "--baked", source(kept, kept), environment={"KI67_ARCHIVES": str(baked)})
    assert names(archives) == ["ki67-9.9.mar", kept.name]


@pytest.mark.parametrize("text", ["1.1=/a.mar", "/a.mar#sha256=" + "0" * 64, "1.1=/a.mar#sha256=00"])
def test_without_a_version_or_a_hash_nothing_is_fetched(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not VERSION="):
        Source.parse(text)
    fetch(tmp_path, text, status=2)
