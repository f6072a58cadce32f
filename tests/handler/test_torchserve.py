"""The entry in TorchServe's hands: its own context and requests, one reply each, none failing the batch."""

import gzip
import json
import logging
import re
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from handler import exchange
from handler.packing import unpack_message
from handler.torchserve import HandlerSettings, Ki67Handler
from model_store import DEFAULT_VERSION
from model_store.archive import ROOT
from tests.handler.image_files import encode
from tests.handler.server_context import Context, RequestProcessor, declared_metrics
from training.phantoms import draw_phantom

IMAGE = encode(draw_phantom(3, 120, 100).rgb, "PNG")


@pytest.fixture(scope="module")
def folder(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(archive, tmp_path_factory.mktemp("unpacked"))


def unpack(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder


def new_context(folder: Path, config: Mapping[str, Any]) -> Context:
    return Context("ki67", str(folder), {}, 8, None, "0.12.0", model_yaml_config=config)


@pytest.fixture(scope="module")
def context(folder: Path) -> Context:
    return new_context(folder, {"handler": {"engine": "auto"}})


@pytest.fixture(scope="module")
def handler(context: Context) -> Ki67Handler:
    made = Ki67Handler()
    made.initialize(context)
    return made


def send(
    handler: Ki67Handler, context: Context, *requests: tuple[dict[str, Any], dict[str, str]]
) -> list[bytes]:
    """Hand rows and headers over as TorchServe's worker does."""
    context.request_processor = [RequestProcessor(headers) for _, headers in requests]
    return handler.handle([row for row, _ in requests], context)


def body(image: bytes, **fields: bytes) -> dict[str, Any]:
    return {name: bytearray(value) for name, value in {"body": image, **fields}.items()}


def test_json_is_the_answer_document(handler: Ki67Handler, context: Context) -> None:
    (reply,) = send(handler, context, (body(IMAGE), {"Accept": "application/json", "X-Ki67-Mpp": "0.5"}))
    assert context.get_response_content_type(0) == "application/json"
    assert context.get_response_status(0)[0] == 200
    answer = json.loads(reply)
    assert answer["image"]["width_px"] == 120
    assert answer["scale"] == {"mpp": 0.5, "source": "request"}
    assert answer["counts"]["total"] == len(answer["nuclei"])


def test_png_is_the_mask_at_the_size_of_the_image(handler: Ki67Handler, context: Context) -> None:
    (reply,) = send(handler, context, (body(IMAGE), {"accept": "image/png"}))
    mask = cv2.imdecode(np.frombuffer(reply, np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    assert mask.shape == (100, 120)
    assert context.get_response_content_type(0) == "image/png"


def test_msgpack_holds_what_the_gateway_keeps(handler: Ki67Handler, context: Context) -> None:
    (reply,) = send(handler, context, (body(IMAGE), {"Accept": "application/x-msgpack"}))
    analysis = unpack_message(reply)
    assert (analysis.image.width_px, analysis.image.height_px) == (120, 100)
    assert analysis.decoded.class_map.shape == analysis.probability.shape


def test_who_takes_gzip_gets_a_large_answer_compressed(
    handler: Ki67Handler, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "SMALLEST_COMPRESSED", 100)
    accept = {"Accept": "application/json", "X-Ki67-Mpp": "0.5"}
    plain, packed = send(
        handler, context, (body(IMAGE), accept), (body(IMAGE), accept | {"Accept-Encoding": "br, gzip"})
    )
    assert gzip.decompress(packed) == plain
    assert context.get_response_headers(1)["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in context.get_response_headers(0)


def test_what_is_compressed_already_is_not_compressed_again(
    handler: Ki67Handler, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "SMALLEST_COMPRESSED", 100)
    for media_type in ("application/x-msgpack", "image/png"):
        send(handler, context, (body(IMAGE), {"Accept": media_type, "Accept-Encoding": "gzip"}))
        assert "Content-Encoding" not in context.get_response_headers(0), media_type


def test_each_request_of_a_batch_gets_its_own_reply(handler: Ki67Handler, context: Context) -> None:
    replies = send(
        handler,
        context,
        (body(IMAGE), {}),
        (body(b""), {}),
        (body(IMAGE), {"Accept": "text/html"}),
        (body(b"GIF89a, or so it says"), {}),
        (body(IMAGE), {"X-Ki67-Mpp": "many"}),
        ({}, {}),
        (body(IMAGE), {"X-Ki67-Min-Area-Um2": "20"}),
    )
    statuses = [context.get_response_status(index)[0] for index in range(7)]
    assert statuses == [200, 422, 406, 415, 422, 422, 200]
    for index in (1, 2, 3, 4, 5):
        problem = json.loads(replies[index])
        assert context.get_response_content_type(index) == "application/problem+json"
        assert problem["status"] == statuses[index]
        assert context.get_response_status(index)[1] == problem["title"]
        assert problem["title"].isascii()
    assert json.loads(replies[6])["thresholds"]["min_area_um2"] == 20.0


def test_a_form_carries_image_and_options(handler: Ki67Handler, context: Context) -> None:
    row = {"image": bytearray(IMAGE), "objective": bytearray(b"20"), "note": bytearray(b"\xff")}
    (reply,) = send(handler, context, (row, {}))
    assert json.loads(reply)["scale"] == {"mpp": 0.5, "source": "request"}


def test_an_option_that_is_no_text_is_named(handler: Ki67Handler, context: Context) -> None:
    (reply,) = send(handler, context, (body(IMAGE, mpp=b"\xff\xfe"), {}))
    assert "mpp" in json.loads(reply)["detail"]


def test_a_misspelt_option_is_refused_and_the_right_names_told(
    handler: Ki67Handler, context: Context
) -> None:
    (reply,) = send(handler, context, ({"body": bytearray(IMAGE)}, {"X-Ki67-Objectiv": "20"}))
    problem = json.loads(reply)
    assert problem["status"] == 422
    assert "x-ki67-objective" in problem["detail"]


def test_a_callers_default_is_assumed_only_where_nobody_knows_the_scale(
    handler: Ki67Handler, context: Context
) -> None:
    default = {"X-Ki67-Default-Mpp": "0.5"}
    known_by_file = encode(draw_phantom(3, 120, 100).rgb, "PNG", dpi=(25_400 / 0.4,) * 2)
    replies = send(
        handler,
        context,
        (body(IMAGE), default),
        (body(known_by_file), default),
        (body(IMAGE), default | {"X-Ki67-Objective": "20"}),
    )
    unknown, known, asked = (json.loads(reply) for reply in replies)
    assert unknown["scale"] == {"mpp": 0.5, "source": "assumed"}
    assert "assumed_scale" in [warning["code"] for warning in unknown["warnings"]]
    assert known["scale"] == {"mpp": pytest.approx(0.4, rel=1e-3), "source": "file"}
    assert asked["scale"] == {"mpp": 0.5, "source": "request"}


def test_too_much_work_at_once_is_asked_to_come_again(folder: Path) -> None:
    context = new_context(folder, {"handler": {"mostMegapixels": 0.001, "mostSeconds": 0}})
    handler = Ki67Handler()
    handler.initialize(context)
    send(handler, context, (body(IMAGE), {}), (body(IMAGE), {}))
    assert [context.get_response_status(index)[0] for index in (0, 1)] == [200, 503]
    assert context.get_response_headers(1)["Retry-After"] == "5"


def test_it_describes_version_weights_code_and_engine(handler: Ki67Handler, context: Context) -> None:
    (reply,) = send(handler, context, ({}, {"describe": "True"}))
    told = json.loads(reply)
    assert (told["name"], told["version"]) == ("ki67", DEFAULT_VERSION)
    assert len(told["weights_sha256"]) == len(told["code_sha256"]) == 64
    assert told["engine"]["name"] == "openvino"
    assert told["engine"]["precision"] in ("bf16", "fp32")
    assert told["engine"]["device"] == "cpu"
    assert told["start_seconds"] > 0


def test_a_caller_who_sends_the_servers_own_word_takes_nobody_elses_answer(
    handler: Ki67Handler, context: Context
) -> None:
    replies = send(handler, context, (body(IMAGE), {"describe": "True"}), (body(IMAGE), {}))
    assert [json.loads(reply)["image"]["width_px"] for reply in replies] == [120, 120]


def test_it_tells_how_it_warmed_up_and_what_memory_it_takes(handler: Ki67Handler, context: Context) -> None:
    told = json.loads(send(handler, context, ({}, {"describe": "True"}))[0])
    assert told["example"]["total"] > 100
    assert 0 < told["example"]["index_percent"] < 100
    assert told["memory"]["resident_bytes"] > 50_000_000
    assert told["memory"]["available_bytes"] > 0
    assert told["busy_workers"] == 0


def test_a_request_whose_deadline_is_over_is_not_scored_and_its_neighbour_is(
    handler: Ki67Handler, context: Context
) -> None:
    late, early = ({"X-Request-Deadline": f"{time.time() + seconds}"} for seconds in (-1, 60))
    replies = send(handler, context, (body(IMAGE), late), (body(IMAGE), early))
    assert [context.get_response_status(index)[0] for index in (0, 1)] == [504, 200]
    assert json.loads(replies[0])["type"] == "/problems/deadline-exceeded"


def test_the_callers_own_id_comes_back_with_the_answer(handler: Ki67Handler, context: Context) -> None:
    send(handler, context, (body(IMAGE), {"X-Correlation-Id": "an-analysis"}), (body(IMAGE), {}))
    assert context.get_response_headers(0)["X-Correlation-Id"] == "an-analysis"
    assert "X-Correlation-Id" not in context.get_response_headers(1)


def test_each_stage_of_a_batch_is_told_once_a_field_by_version(folder: Path) -> None:
    context = new_context(folder, {})
    context.metrics = declared_metrics(ROOT / "model_store" / "metrics.yaml")
    handler = Ki67Handler()
    handler.initialize(context)
    told: list[str] = []
    watched = logging.Handler()
    watched.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    lines = logging.getLogger("ts.metrics.caching_metric")
    lines.addHandler(watched)
    lines.setLevel(logging.INFO)
    try:
        sent = {"X-Request-Start": f"t={time.time() - 2}"}
        send(handler, context, (body(IMAGE), sent), (body(IMAGE), {}))
    finally:
        lines.removeHandler(watched)
    found = [
        re.fullmatch(r"\[METRICS\](\w+)\.\w+:([0-9.]+)\|#(\S+?)\|#type:HISTOGRAM.*", line) for line in told
    ]
    values = [(match[1], float(match[2])) for match in found if match]
    assert Counter(name for name, _ in values) == {
        "ki67_queue_seconds": 1,
        "ki67_batch_size": 1,
        "ki67_decode_seconds": 2,
        "ki67_forward_seconds": 1,
        "ki67_postprocessing_seconds": 2,
    }
    assert dict(values)["ki67_batch_size"] == 2
    assert 2 <= dict(values)["ki67_queue_seconds"] < 3
    assert {match[3] for match in found if match} == {
        f"ModelVersion:{DEFAULT_VERSION},ModelName:ki67,Level:Model"
    }


def test_a_misspelt_setting_stops_the_start() -> None:
    with pytest.raises(ValueError, match="gpuBatchTilez"):
        HandlerSettings.from_config({"gpuBatchTilez": 4})
    with pytest.raises(ValueError, match="openvino"):
        HandlerSettings.from_config({"engine": "onnx"})
    with pytest.raises(ValueError, match="fp32"):
        HandlerSettings.from_config({"precision": "fp16"})
    with pytest.raises(ValueError, match="int8 is OpenVINO's"):
        HandlerSettings.from_config({"engine": "torch", "precision": "int8"})
    for tiles in ([[256]], [[250, 256]], [["256", "256"]], [256]):
        with pytest.raises(ValueError, match="multiples of 32"):
            HandlerSettings.from_config({"warmTilesPx": tiles})


def test_the_log_names_the_ids_of_whoever_asked_and_nothing_else(
    handler: Ki67Handler, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    ids = {"X-Request-Id": "a-request", "X-Correlation-Id": "an-analysis", "traceparent": "00-11-22-01"}
    forged = {"X-Request-Id": "two\nlines", "X-Correlation-Id": "x" * 65, "X-Name": "Erika"}
    with caplog.at_level("INFO", "handler.torchserve"):
        send(handler, context, (body(IMAGE), ids), (body(b"no image"), forged))
    assert caplog.messages == [
        "answered 200 request_id=a-request analysis_id=an-analysis trace=00-11-22-01",
        "answered 415",
    ]
