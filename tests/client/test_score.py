"""`make score` as a program, against a real HTTP server whose answers are prepared."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.client.answering import Answer, Answering, answering

SCORED = {
    "id": "0123456789abcdef",
    "status": "succeeded",
    "counts": {"immunopositive": 60, "immunonegative": 239, "total": 299},
    "index_percent": 20.07,
    "index_interval_percent": [15.9, 25.0],
    "category": "high",
    "category_certain": False,
    "warnings": [{"code": "few_nuclei", "detail": "fewer than 500"}],
}
EMPTY = {**SCORED, "id": "f" * 16, "index_percent": None, "category": None, "index_interval_percent": None}
PROBLEM = {"title": "The image cannot be decoded", "status": 422, "detail": "it ends too early"}
HEALTHY = Answer(body={"status": "ok"})
OVERLAY = Answer(body=b"an overlay")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "field.png"
    path.write_bytes(b"bytes")
    return path


def score(
    tmp_path: Path, url: str, *arguments: str | Path, key: str = "key"
) -> subprocess.CompletedProcess[str]:
    environment = {"KI67_URL": url, "KI67_API_KEY": key, "KI67_VAR": str(tmp_path / "var")}
    return subprocess.run(
        [sys.executable, "-m", "client.score", *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def post(*items: dict[str, Any]) -> Answer:
    return Answer(body={"items": [{"index": index, **item} for index, item in enumerate(items)]})


def test_a_scored_field_is_a_row_and_an_overlay(tmp_path: Path, image: Path) -> None:
    with answering(HEALTHY, post({"analysis": SCORED}), OVERLAY) as server:
        done = score(tmp_path, server.url, image, "--mpp", "0.5")
    assert done.returncode == 0, done.stderr
    for told in ("60", "239", "20.1 % (15.9 to 25.0)", "high, uncertain", "few_nuclei", "1 scored, 0 failed"):
        assert told in done.stdout
    assert (tmp_path / "var" / "scores" / "field-01234567.png").read_bytes() == b"an overlay"
    assert b'name="mpp"' in server.asked[1].body


def test_a_field_without_nuclei_has_no_index(tmp_path: Path, image: Path) -> None:
    with answering(HEALTHY, post({"analysis": EMPTY}), OVERLAY) as server:
        done = score(tmp_path, server.url, image)
    assert "no nuclei" in done.stdout
    assert "0.0 %" not in done.stdout


def test_a_failed_file_is_told_with_its_reason_and_in_the_exit_status(tmp_path: Path, image: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    items = post({"analysis": SCORED}, {"problem": PROBLEM})
    with answering(HEALTHY, items, OVERLAY) as server:
        done = score(tmp_path, server.url, image, broken)
    assert done.returncode == 1
    assert "The image cannot be decoded: it ends too early" in " ".join(done.stdout.split())
    assert "1 scored, 1 failed" in done.stdout


def test_a_queued_analysis_is_waited_for(tmp_path: Path, image: Path) -> None:
    queued = Answer(202, {"items": [{"index": 0, "analysis": {"id": SCORED["id"], "status": "queued"}}]})
    still = Answer(body={"id": SCORED["id"], "status": "running"})
    with answering(HEALTHY, queued, still, Answer(body=SCORED), OVERLAY) as server:
        done = score(tmp_path, server.url, image)
    assert "20.1 %" in done.stdout


def test_an_analysis_that_failed_later_is_told_with_its_reason(tmp_path: Path, image: Path) -> None:
    queued = Answer(202, {"items": [{"index": 0, "analysis": {"id": "a1", "status": "queued"}}]})
    failed = Answer(body={"id": "a1", "status": "failed", "problem": PROBLEM})
    with answering(HEALTHY, queued, failed) as server:
        done = score(tmp_path, server.url, image)
    assert done.returncode == 1
    assert "it ends too early" in " ".join(done.stdout.split())


def test_json_holds_everything_and_nothing_else_is_printed(tmp_path: Path, image: Path) -> None:
    with answering(HEALTHY, post({"analysis": SCORED}), OVERLAY) as server:
        done = score(tmp_path, server.url, image, "--json")
    (entry,) = json.loads(done.stdout)
    assert entry["file"] == str(image)
    assert entry["analysis"] == SCORED
    assert entry["problem"] is None
    assert Path(entry["overlay"]).is_file()


def test_a_refused_key_fails_each_file_with_the_reason(tmp_path: Path, image: Path) -> None:
    refused = Answer(401, {"title": "The API key is not valid", "status": 401})
    with answering(HEALTHY, refused) as server:
        done = score(tmp_path, server.url, image)
    assert done.returncode == 1
    assert "The API key is not valid" in done.stdout


def test_no_gateway_is_one_sentence(tmp_path: Path, image: Path) -> None:
    with answering() as server:
        address = server.url
    done = score(tmp_path, address, image)
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "make run" in done.stderr


def test_no_key_is_one_sentence(tmp_path: Path, image: Path) -> None:
    with answering(HEALTHY) as server:
        done = score(tmp_path, server.url, image, key="")
    assert done.returncode == 2
    assert "No API key in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [[], ["missing.png"], ["--mpp", "much", "."]])
def test_a_wrong_command_line_is_status_2(tmp_path: Path, wrong: list[str]) -> None:
    assert score(tmp_path, "http://127.0.0.1:9", *wrong).returncode == 2


def test_a_folder_without_images_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = score(tmp_path, "http://127.0.0.1:9", tmp_path / "empty")
    assert done.returncode == 2
    assert "no JPEG, PNG, TIFF or WebP file" in done.stderr


def test_a_score_whose_overlay_fails_is_still_a_score(tmp_path: Path, image: Path) -> None:
    lost = Answer(404, {"title": "No such layer", "status": 404})
    with answering(HEALTHY, post({"analysis": SCORED}), lost) as server:
        done = score(tmp_path, server.url, image)
    assert done.returncode == 0
    assert "the overlay was not saved (No such layer)" in done.stderr


def asked_paths(server: Answering) -> list[str]:
    return [request.path for request in server.asked]


def test_many_files_go_in_several_posts(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(b"x")
    refused = Answer(401, {"title": "The API key is not valid", "status": 401})
    with answering(HEALTHY, refused) as server:
        score(tmp_path, server.url, tmp_path)
    assert asked_paths(server) == ["/healthz", *["/api/v1/analyses?nuclei=false"] * 2]
