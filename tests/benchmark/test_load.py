"""The load against a tiny real server that answers, misleads or hangs up."""

import json
import socket
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmark.errors import CannotMeasureError
from benchmark.load.generator import Load, total_in
from benchmark.load.plan import Plan, Shot
from benchmark.load.process import fire
from benchmark.load.report import Report, Seen, summarise
from tests.client.answering import Answer, Answering, answering

RIGHT = Answer(body={"counts": {"total": 7}})
BUSY = Answer(503, {"title": "busy"})


@pytest.fixture
def shots(tmp_path: Path) -> list[Shot]:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(name.encode())
    return [Shot(str(tmp_path / "one")), Shot(str(tmp_path / "two"))]


def plan(server: Answering, shots: list[Shot], requests: int) -> Plan:
    port = urlsplit(server.url).port
    assert port is not None
    return Plan(port, "/score", {"X-Test": "yes"}, shots, requests=requests, seconds=20.0, timeout_s=5.0)


def test_right_answers_are_counted_and_every_shot_is_sent_in_turn(shots: list[Shot]) -> None:
    with answering(RIGHT) as server:
        report = Load(replace(plan(server, shots, 10), concurrency=3)).run()
    assert (report.right, report.errors) == (10, {})
    assert len(report.latencies_ms) == 10
    assert sorted(asked.body for asked in server.asked) == [b"one"] * 5 + [b"two"] * 5
    assert {asked.headers["X-Test"] for asked in server.asked} == {"yes"}


def test_an_answer_that_differs_from_the_first_one_is_not_counted(shots: list[Shot]) -> None:
    other = Answer(body={"counts": {"total": 8}})
    with answering(RIGHT, RIGHT, other, RIGHT) as server:
        report = Load(plan(server, shots, 4)).run()
    assert report.right == 3
    assert report.errors == {"other counts than before": 1}


@pytest.mark.parametrize("body", [b"<html>", {"counts": {}}, {"counts": {"total": None}}, [], b""])
def test_an_answer_without_counts_is_not_counted(shots: list[Shot], body: object) -> None:
    with answering(Answer(body=body), RIGHT) as server:
        report = Load(plan(server, shots, 2)).run()
    assert (report.right, report.errors) == (1, {"no counts in the answer": 1})


def test_errors_are_counted_by_status_and_the_load_goes_on(shots: list[Shot]) -> None:
    with answering(BUSY, Answer(500), RIGHT) as server:
        report = Load(plan(server, shots, 5)).run()
    assert report.right == 3
    assert report.errors == {"status 503": 1, "status 500": 1}


def test_a_connection_closed_without_an_answer_is_an_error_of_one_request(shots: list[Shot]) -> None:
    with answering(Answer(body=None), RIGHT) as server:
        report = Load(plan(server, shots, 3)).run()
    assert report.right == 2
    assert sum(report.errors.values()) == 1


def test_a_broken_image_must_be_refused(shots: list[Shot]) -> None:
    mixed = [shots[0], replace(shots[1], broken=True)]
    with answering(RIGHT, Answer(422), RIGHT, RIGHT) as server:
        report = Load(plan(server, mixed, 4)).run()
    assert (report.right, report.refused) == (2, 1)
    assert report.errors == {"broken image got 200": 1}


def test_the_load_stops_in_time(shots: list[Shot]) -> None:
    with answering(RIGHT) as server:
        timed = replace(plan(server, shots, 1), requests=None, warm_up_s=0.1, seconds=0.4, concurrency=2)
        began_s = time.monotonic()
        report = Load(timed).run()
    assert time.monotonic() - began_s < 4.0
    assert report.seconds == pytest.approx(0.4)
    assert report.images_per_s * 0.4 == pytest.approx(report.right, rel=0.6)


def test_nothing_hangs_where_nobody_answers(shots: list[Shot]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        slow = Plan(port, "/", {}, shots, warm_up_s=0.1, seconds=0.1, timeout_s=0.3)
        began_s = time.monotonic()
        report = Load(slow).run()
    assert time.monotonic() - began_s < 4.0
    assert report.right == 0
    assert report.errors["TimeoutError"] >= 1


def test_the_load_runs_in_a_process_of_its_own(shots: list[Shot]) -> None:
    with answering(RIGHT) as server:
        report = fire(plan(server, shots, 4))
    assert report.right == 4


def test_a_load_without_one_right_answer_is_told_with_its_errors(shots: list[Shot]) -> None:
    with answering(BUSY) as server, pytest.raises(CannotMeasureError, match="2 x status 503"):
        fire(plan(server, shots, 2))


def test_a_plan_and_a_report_survive_the_way_through_json(shots: list[Shot]) -> None:
    sent = Plan(80, "/x", {"a": "b"}, shots, ["items", 0], 3, 1.0, 2.0, None, 4.0)
    assert Plan.from_json(sent.to_json()) == sent
    report = Report(1.5, 3, 1, {"status 503": 2}, [1.0, 2.0], 2.0, 0.1)
    assert Report.from_json(report.to_json()) == report


def test_only_right_answers_within_the_window_make_the_throughput() -> None:
    seen = [Seen(0, 2, "right"), Seen(1, 3, "right"), Seen(1, 2, "status 503"), Seen(3, 5, "right")]
    report = summarise(seen, first_s=1.0, last_s=4.0)
    assert report.images_per_s == pytest.approx((0.5 + 1.0 + 0.5) / 3)
    assert report.latencies_ms == [2000.0, 2000.0]
    assert report.errors == {"status 503": 1}


def test_the_number_of_nuclei_is_found_within_the_gateways_answer() -> None:
    answer = {"items": [{"analysis": {"counts": {"total": 12}}}]}
    path: list[str | int] = ["items", 0, "analysis", "counts", "total"]
    assert total_in(json.dumps(answer).encode(), path) == 12
    assert total_in(b'{"items": []}', path) is None
