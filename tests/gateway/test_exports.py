"""Nuclei for QuPath, ImageJ, spreadsheets and whatever reads OME-TIFF."""

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roifile
import tifffile

from gateway.corrections.layer import Layer
from gateway.exports.labels import label_mask
from gateway.exports.tables import guard
from handler.nuclei import Contours, Nuclei
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


@pytest.fixture
def corrected(live: Stage, field: bytes) -> dict[str, Any]:
    """An analysis with its first nucleus removed and one added that the model did not find."""
    sent = live.alice.upload([("corrected.png", field)], mpp="0.5", wait="240")
    analysis: dict[str, Any] = body(sent)["items"][0]["analysis"]
    edits = {"revision": 1, "removed": [0], "added": [{"x": 60, "y": 40, "class": "immunopositive"}]}
    saved = live.alice.put(f"{analysis['links']['self']}/corrections", {"If-None-Match": "*"}, json=edits)
    assert saved.status_code == 200
    return analysis


def rois_of(data: bytes, folder: Path) -> list[roifile.ImagejRoi]:
    path = folder / "RoiSet.zip"
    path.write_bytes(data)
    read = roifile.roiread(path)
    assert isinstance(read, list)
    return read


def test_imagej_reads_the_outlines(live: Stage, scored: dict[str, Any], tmp_path: Path) -> None:
    answer = live.alice.get(scored["links"]["rois"])
    assert answer.content_type == "application/zip"
    rois = rois_of(answer.data, tmp_path)
    features = body(live.alice.get(scored["links"]["geojson"]))["features"]
    assert len(rois) == len(features) == scored["counts"]["total"]
    for number, (roi, feature) in enumerate(zip(rois, features, strict=True), start=1):
        name = feature["properties"]["classification"]["name"].lower()
        assert roi.name == f"{number:05d}-{name}"
        assert list(roi.stroke_color) == [255, *feature["properties"]["color"]]
        (ring,) = feature["geometry"]["coordinates"]
        assert np.allclose(roi.coordinates(), ring[:-1], atol=0.01)


def test_a_rois_zip_is_the_same_at_every_export(live: Stage, scored: dict[str, Any]) -> None:
    assert live.alice.get(scored["links"]["rois"]).data == live.alice.get(scored["links"]["rois"]).data


def test_the_label_mask_numbers_every_nucleus_and_knows_its_scale(
    live: Stage, scored: dict[str, Any]
) -> None:
    answer = live.alice.get(scored["links"]["labels"])
    assert answer.content_type == "image/tiff"
    with tifffile.TiffFile(io.BytesIO(answer.data)) as file:
        assert file.is_ome
        labels, described = file.asarray(), file.ome_metadata or ""
    assert labels.shape == (192, 256)
    assert labels.dtype == np.dtype(np.uint16)
    assert 'PhysicalSizeX="0.5"' in described
    assert 'PhysicalSizeYUnit="µm"' in described
    nuclei = body(live.alice.get(scored["links"]["self"]))["nuclei"]
    assert set(np.unique(labels)) <= set(range(len(nuclei) + 1))
    found = [labels[round(each["y"]), round(each["x"])] == number for number, each in enumerate(nuclei, 1)]
    assert sum(found) >= 0.9 * len(found)


def test_many_nuclei_take_32_bits() -> None:
    contour = np.array([[2, 2], [6, 2], [6, 6], [2, 6]], np.float32)
    one = np.zeros(1, np.float32)
    nuclei = Nuclei(np.full((1, 2), 4, np.float32), one, one > 0, one, one, Contours.packed([contour]))
    mask = label_mask(Layer(nuclei, (70_000,), ("model",)), 10, 8)
    assert mask.dtype == np.dtype(np.uint32)
    assert (mask.shape, int(mask[4, 4]), int(mask[0, 0])) == ((8, 10), 70_000, 0)


def test_the_corrected_layer_is_exported_where_asked_for(live: Stage, corrected: dict[str, Any]) -> None:
    path, total = corrected["links"]["csv"], corrected["counts"]["total"]
    model = list(csv.DictReader(io.StringIO(live.alice.get(path).text)))
    hand = list(csv.DictReader(io.StringIO(live.alice.get(f"{path}?layer=corrected").text)))
    assert [row["nucleus"] for row in model] == [str(number) for number in range(1, total + 1)]
    assert [row["nucleus"] for row in hand] == [str(number) for number in range(2, total + 2)]
    assert {row["origin"] for row in model} == {"model"}
    assert (hand[-1]["origin"], hand[-1]["x_px"], hand[-1]["confidence"]) == ("added", "60.0", "")


def test_a_nucleus_keeps_its_id_in_the_corrected_layer(live: Stage, corrected: dict[str, Any]) -> None:
    path = corrected["links"]["geojson"]
    model = [feature["id"] for feature in body(live.alice.get(path))["features"]]
    features = body(live.alice.get(f"{path}?layer=corrected"))["features"]
    assert [feature["id"] for feature in features[:-1]] == model[1:]
    assert features[-1]["id"] not in model
    assert features[-1]["properties"]["measurements"] == {}
    assert features[-1]["properties"]["metadata"] == {"Origin": "added"}
    assert len(features[-1]["geometry"]["coordinates"][0]) > 8


def test_pictures_and_masks_show_the_corrected_layer(
    live: Stage, corrected: dict[str, Any], tmp_path: Path
) -> None:
    for name in ("overlay", "labels"):
        path = corrected["links"][name]
        assert live.alice.get(path).data != live.alice.get(f"{path}?layer=corrected").data
    rois = rois_of(live.alice.get(f"{corrected['links']['rois']}?layer=corrected").data, tmp_path)
    assert rois[-1].name == f"{corrected['counts']['total'] + 1:05d}-immunopositive"
    assert np.allclose(np.mean(rois[-1].coordinates(), axis=0), [60.5, 40.5], atol=0.05)


@pytest.mark.parametrize("name", ["csv", "geojson", "rois", "labels", "overlay"])
def test_without_corrections_there_is_no_corrected_layer(
    live: Stage, scored: dict[str, Any], name: str
) -> None:
    answer = live.alice.get(f"{scored['links'][name]}?layer=corrected")
    assert (answer.status_code, body(answer)["type"]) == (409, "/problems/not-corrected")
    assert live.alice.get(f"{scored['links'][name]}?layer=other").status_code == 422
