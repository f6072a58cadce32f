"""GET /api/v1/exports/analyses.csv and .zip: what a query finds, nothing of what is to be judged blind."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from gateway.database import db
from gateway.models import Analysis, Assignment, AuditEvent, Result
from tests.gateway.records import assign, give_result, label, upload
from tests.gateway.stage import ANALYSES, Stage, body, set_stage, stage_settings
from tests.gateway.test_exports import rois_of

TABLE, ZIP = "/api/v1/exports/analyses.csv", "/api/v1/exports/analyses.zip"
EVERYTHING = "csv,geojson,rois,labels,overlay,image"


@pytest.fixture
def tagged(live: Stage, field: bytes, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A scored analysis, alone under a tag named like the test."""
    answer = live.alice.upload([("=1+1.png", field)], mpp="0.5", wait="240")
    analysis: dict[str, Any] = body(answer)["items"][0]["analysis"]
    label(live, analysis["id"], case_label="@SUM(A1)", tags=[tag_of(request), "-2"])
    return analysis


@pytest.fixture
def tag(request: pytest.FixtureRequest) -> str:
    return tag_of(request)


def tag_of(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:50]


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def opened(answer: TestResponse) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    return archive


def test_the_table_has_a_row_a_record(live: Stage, tagged: dict[str, Any], tag: str) -> None:
    answer = live.alice.get(TABLE, query_string={"tag": tag})
    assert answer.content_type == "text/csv; charset=utf-8"
    (row,) = rows_of(answer)
    assert row["analysis_id"] == tagged["id"]
    assert int(row["immunopositive"]) == tagged["counts"]["immunopositive"]
    assert float(row["index_percent"]) == tagged["index_percent"]
    assert (row["mpp"], row["category"], row["corrected_category"]) == ("0.5", tagged["category"], "")


def test_words_of_people_are_no_formulas(live: Stage, tagged: dict[str, Any], tag: str) -> None:
    (row,) = rows_of(live.alice.get(TABLE, query_string={"tag": tag}))
    assert (row["filename"], row["case_label"]) == ("'=1+1.png", "'@SUM(A1)")
    assert row["tags"].startswith("'-2")


def test_the_table_tells_a_fresh_correction_only(live: Stage, tagged: dict[str, Any], tag: str) -> None:
    path = f"{tagged['links']['self']}/corrections"
    live.alice.put(path, {"If-None-Match": "*"}, json={"revision": 1, "removed": [0]})
    (row,) = rows_of(live.alice.get(TABLE, query_string={"tag": tag}))
    counted = int(row["corrected_immunopositive"]) + int(row["corrected_immunonegative"])
    assert counted == tagged["counts"]["total"] - 1
    live.alice.post(f"{tagged['links']['self']}/rescore", json={"min_area_um2": 20})
    (row,) = rows_of(live.alice.get(TABLE, query_string={"tag": tag}))
    assert (row["revision"], row["corrected_immunopositive"]) == ("2", "")


def test_the_zip_begins_with_the_table_and_holds_every_part(
    live: Stage, tagged: dict[str, Any], tag: str, tmp_path: Path
) -> None:
    archive = opened(live.alice.get(ZIP, query_string={"tag": tag, "include": EVERYTHING}))
    folder = tagged["id"]
    assert archive.namelist() == [
        "records.csv",
        f"{folder}/nuclei.geojson",
        f"{folder}/nuclei.csv",
        f"{folder}/nuclei-rois.zip",
        f"{folder}/nuclei-labels.ome.tiff",
        f"{folder}/overlay.png",
        f"{folder}/image.png",
    ]
    total = tagged["counts"]["total"]
    assert len(json.loads(archive.read(f"{folder}/nuclei.geojson"))["features"]) == total
    assert len(rois_of(archive.read(f"{folder}/nuclei-rois.zip"), tmp_path)) == total
    labels = tifffile.imread(io.BytesIO(archive.read(f"{folder}/nuclei-labels.ome.tiff")))
    assert np.shape(labels) == (192, 256)
    assert archive.read(f"{folder}/image.png") == live.alice.get(tagged["links"]["image"]).data
    assert archive.read(f"{folder}/overlay.png") == live.alice.get(tagged["links"]["overlay"]).data


def test_the_zip_takes_the_corrected_layer_where_there_is_one(
    live: Stage, tagged: dict[str, Any], tag: str
) -> None:
    query = {"tag": tag, "include": "csv", "layer": "corrected"}
    name = f"{tagged['id']}/nuclei.csv"
    before = opened(live.alice.get(ZIP, query_string=query)).read(name).splitlines()
    path = f"{tagged['links']['self']}/corrections"
    live.alice.put(path, {"If-None-Match": "*"}, json={"revision": 1, "removed": [0]})
    after = opened(live.alice.get(ZIP, query_string=query)).read(name).splitlines()
    assert [before[0], *before[2:]] == after


def test_a_part_that_fails_is_told_and_the_others_are_there(
    live: Stage, tagged: dict[str, Any], tag: str
) -> None:
    with live.app.app_context():
        kept = db.session.get_one(Result, (tagged["id"], 1)).map_key
        live.services.objects.put(kept, b"damaged")
    archive = opened(live.alice.get(ZIP, query_string={"tag": tag, "include": "csv,image"}))
    assert archive.namelist() == ["records.csv", f"{tagged['id']}/image.png", "errors.json"]
    (error,) = json.loads(archive.read("errors.json"))
    assert (error["analysis_id"], error["part"]) == (tagged["id"], "csv")
    assert error["problem"]["type"] == "/problems/stored-object-damaged"


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_others_export_nothing_of_it(live: Stage, tagged: dict[str, Any], tag: str, who: str) -> None:
    assert rows_of(live.people[who].get(TABLE, query_string={"tag": tag})) == []
    every = opened(live.people[who].get(ZIP, query_string={"include": EVERYTHING}))
    assert tagged["id"] not in " ".join(every.namelist()) + every.read("records.csv").decode()


@pytest.mark.parametrize("who", ["bob", "charlie", "ann"])
def test_what_is_to_be_judged_blind_is_left_out(live: Stage, tagged: dict[str, Any], who: str) -> None:
    person, query = live.people[who], {"author": tagged_owner(live, tagged), "include": EVERYTHING}
    assign(live, tagged["id"], who, blind=False)
    assert tagged["id"] in rows_text(person.get(TABLE, query_string=query))
    with live.app.app_context():
        db.session.execute(
            update(Assignment).where(Assignment.analysis_id == tagged["id"]).values(blind=True)
        )
        db.session.commit()
    assert tagged["id"] not in rows_text(person.get(TABLE, query_string=query))
    archive = opened(person.get(ZIP, query_string=query | {"text": "=1+1"}))
    assert tagged["id"] not in " ".join(archive.namelist()) + archive.read("records.csv").decode()


def rows_text(answer: TestResponse) -> str:
    return " ".join(row["analysis_id"] for row in rows_of(answer))


def tagged_owner(stage: Stage, tagged: dict[str, Any]) -> str:
    with stage.app.app_context():
        return db.session.get_one(Analysis, tagged["id"]).owner_id


@pytest.fixture
def small(tmp_path: Path, migrated: Path) -> Iterator[Stage]:
    """A gateway that exports at most two records."""
    stage = set_stage(stage_settings(tmp_path / "var", export_limit=2), migrated)
    yield stage
    stage.close()


@pytest.mark.parametrize("path", [TABLE, ZIP])
def test_too_many_records_are_refused_before_anything_is_sent(small: Stage, field: bytes, path: str) -> None:
    for name in ("a.png", "b.png", "c.png"):
        upload(small, field, name)
    answer = small.alice.get(path)
    assert (answer.status_code, body(answer)["type"]) == (422, "/problems/too-many-records")
    assert small.alice.get(f"{path}?text=a.").status_code == 200


def test_records_without_result_have_a_row_and_no_files(down: Stage, field: bytes) -> None:
    analysis_id = upload(down, field)
    archive = opened(down.alice.get(ZIP, query_string={"include": EVERYTHING}))
    assert archive.namelist() == ["records.csv"]
    (row,) = csv.DictReader(io.StringIO(archive.read("records.csv").decode()))
    assert (row["analysis_id"], row["status"], row["index_percent"]) == (analysis_id, "queued", "")


def test_access_taken_away_on_the_way_takes_effect(down: Stage, field: bytes) -> None:
    newest = [upload(down, field, f"{number}.png") for number in range(2)][::-1]
    for each in newest:
        give_result(down, each)
        assign(down, each, "charlie", blind=False)
    stream = down.charlie.get(f"{ZIP}?include=image", buffered=False)
    pieces = stream.iter_encoded()
    begun = b"".join(next(pieces) for _ in range(2))
    with down.app.app_context():
        db.session.execute(delete(Assignment))
        db.session.commit()
    archive = zipfile.ZipFile(io.BytesIO(begun + b"".join(pieces)))
    assert newest[1] not in " ".join(archive.namelist())


@pytest.mark.parametrize("query", ["include=everything", "layer=both", "created_from=now", "category=x"])
def test_a_query_that_cannot_be_used_is_named(down: Stage, query: str) -> None:
    answer = down.alice.get(f"{ZIP}?{query}")
    assert answer.status_code == 422
    assert body(answer)["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


def test_the_audit_trail_knows_of_every_export(down: Stage, field: bytes) -> None:
    upload(down, field)
    down.alice.get(f"{ZIP}?include=csv&text=a")
    with down.app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "export.made")).one()
        assert event.details == {"format": "zip", "parts": ["csv"], "filters": ["text"], "records": 1}
    assert body(down.alice.get(ANALYSES))["items"]
