"""Nuclei for QuPath and for spreadsheets."""

import csv
import io
import uuid
from typing import Any

import pytest

from gateway.exports.tables import guard
from tests.gateway.stage import Stage, body


def test_geojson_is_what_qupath_reads(live: Stage, scored: dict[str, Any]) -> None:
    answer = live.alice.get(scored["links"]["geojson"])
    assert answer.content_type == "application/geo+json"
    collection = body(answer)
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == scored["counts"]["total"]
    for feature in collection["features"]:
        uuid.UUID(feature["id"])
        (ring,) = feature["geometry"]["coordinates"]
        assert feature["geometry"]["type"] == "Polygon"
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        properties = feature["properties"]
        assert properties["objectType"] == "detection"
        assert properties["classification"]["name"] in {"Immunopositive", "Immunonegative"}
        assert all(isinstance(number, float) for number in properties["measurements"].values())


def test_geojson_outlines_lie_around_their_nuclei(live: Stage, scored: dict[str, Any]) -> None:
    features = body(live.alice.get(scored["links"]["geojson"]))["features"]
    nuclei = body(live.alice.get(scored["links"]["self"]))["nuclei"]
    for feature, nucleus in zip(features, nuclei, strict=True):
        xs, ys = zip(*feature["geometry"]["coordinates"][0], strict=True)
        assert min(xs) <= nucleus["x"] + 0.5 <= max(xs)
        assert min(ys) <= nucleus["y"] + 0.5 <= max(ys)


def test_geojson_ids_are_the_same_at_every_export(live: Stage, scored: dict[str, Any]) -> None:
    exports = [body(live.alice.get(scored["links"]["geojson"]))["features"] for _ in range(2)]
    assert exports[0] == exports[1]


def test_csv_has_one_row_a_nucleus(live: Stage, scored: dict[str, Any]) -> None:
    answer = live.alice.get(scored["links"]["csv"])
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    nuclei = body(live.alice.get(scored["links"]["self"]))["nuclei"]
    assert [float(row["area_um2"]) for row in rows] == [nucleus["area_um2"] for nucleus in nuclei]
    assert {row["analysis_id"] for row in rows} == {scored["id"]}


def test_a_filename_that_is_a_formula_stays_text(live: Stage, field: bytes) -> None:
    sent = live.alice.upload([("=1+1.png", field)], mpp="0.5", wait="240")
    path = body(sent)["items"][0]["analysis"]["links"]["csv"]
    rows = list(csv.DictReader(io.StringIO(live.alice.get(path).text)))
    assert rows
    assert all(row["filename"].startswith("'=") for row in rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r="])
def test_text_that_a_spreadsheet_would_compute_is_guarded(start: str) -> None:
    assert guard(f"{start}1+1") == f"'{start}1+1"


def test_other_text_stays_as_it_is() -> None:
    assert guard("field 1.jpg") == "field 1.jpg"
