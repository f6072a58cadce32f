"""From answers to the report's JSON and text, with every table worked out by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.training.evaluation.examples import Nucleus, answer, squares, write_field
from training.evaluation.document import About, document, sets, table_1_sets
from training.evaluation.fields import find_fields
from training.evaluation.plots import bland_altman_points
from training.evaluation.record import FieldRecord, record
from training.evaluation.report import markdown, write_report
from training.evaluation.sections import Picture, Section, shown
from training.evaluation.truth import MaskOrigin, truth_mask
from training.scorers import Scored

POSITIVE, NEGATIVE = "immunopositive", "immunonegative"
ABOUT = About(("one", "two"), 0.25, (1.0, 6.0), 6.0, "watershed", over_rest=False)
# Field a (source one), at 0.25 um/px, so that 6 um are 24 px: two positives and two negatives, index 50 %.
# Found: a positive 2 px off the first, one exactly on the second, a negative on the first negative: 66.7 %.
# Field b (source two): one positive, three negatives, index 25 %. Found: nothing. Its class map decodes to 1
# of 2, as two of the negatives touch and the third is a speck.
POINTS = {
    "a": [(10.0, 10.0, 1), (40.0, 10.0, 1), (10.0, 40.0, 2), (60.0, 60.0, 2)],
    "b": [(8.0, 8.0, 1), (32.0, 8.0, 2), (44.0, 8.0, 2), (50.0, 50.0, 2)],
}
MAPS = {
    "a": squares((4, 4, 12, 2), (34, 4, 12, 2), (4, 34, 12, 1), (50, 50, 12, 1)),
    "b": squares((2, 2, 12, 2), (26, 2, 12, 1), (38, 2, 12, 1), (50, 50, 4, 1)),
}
FOUND: dict[str, list[Nucleus]] = {
    "a": [(12, 10, POSITIVE, 0.9), (40, 10, POSITIVE, 0.8), (10, 40, NEGATIVE, 0.7)],
    "b": [],
}


@pytest.fixture
def records(tmp_path: Path) -> list[FieldRecord]:
    for name, source in (("a", "one"), ("b", "two")):
        write_field(tmp_path / source, name, POINTS[name], MAPS[name])
    return [compared(field) for field in find_fields([tmp_path])]


def compared(field: Any) -> FieldRecord:
    truth = truth_mask(field.image, field.rgb(), field.annotation, 0.25, MaskOrigin.watershed)
    return record(field, Scored(answer(FOUND[field.name])), truth, 0.25, (1.0, 6.0), 6.0)


def row(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    (chosen,) = [row for row in rows if row["set"] == name]
    return chosen


def test_table_2_says_which_truth_an_error_is_against(records: list[FieldRecord]) -> None:
    rows = document(ABOUT, {"s": records})["table_2_index_rmse"]
    # Field a: found 66.7 for 50 by points, and for 50 by its decoded mask. Field b: nothing found
    # is 0, for 25 by points, but for 50 by its decoded mask, which is itself 25 off.
    one, two, both = (row(rows, name) for name in ("one", "two", "all fields"))
    assert one["rmse_against_points_percent"]["value"] == pytest.approx(100 / 6)
    assert one["rmse_against_decoded_masks_percent"]["value"] == pytest.approx(100 / 6)
    assert two["rmse_against_points_percent"]["value"] == pytest.approx(25)
    assert two["rmse_against_decoded_masks_percent"]["value"] == pytest.approx(50)
    assert two["rmse_decoded_masks_against_points_percent"]["value"] == pytest.approx(25)
    assert both["rmse_against_points_percent"]["value"] == pytest.approx(
        ((100 / 6) ** 2 / 2 + 625 / 2) ** 0.5
    )
    assert one["truth_masks"] == "exact"


def test_tables_3_and_4_follow_the_points(records: list[FieldRecord]) -> None:
    rows = document(ABOUT, {"s": records})["tables_3_and_4_categories"]
    both = row(rows, "all fields")
    # 10/20: both annotated high; found high and no index. 16/30: annotated high and borderline.
    assert both["10/20"]["matrix"] == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    assert both["16/30"]["matrix"] == [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    assert both["10/20"]["accuracy"]["value"] == pytest.approx(0.5)


def test_detection_is_measured_at_each_radius(records: list[FieldRecord]) -> None:
    by_radius = row(document(ABOUT, {"s": records})["detection"], "one")["by_radius_um"]
    # 1 um is 4 px: all three found nuclei are right, one of four true ones is missed.
    assert by_radius["1"]["any_nucleus"]["f1"]["value"] == pytest.approx(6 / 7)
    assert by_radius["6"]["immunopositive"]["recall"]["value"] == pytest.approx(1)


def test_counts_agreement_and_calibration_reach_the_document(records: list[FieldRecord]) -> None:
    made = document(ABOUT, {"s": records})
    # Totals: 3 for 4 and 0 for 4. Errors of the index: 16.7 and -25. Confidences .9, .8, .7, all right.
    assert row(made["counts"], "all fields")["total"]["bias"]["value"] == pytest.approx(-2.5)
    assert row(made["agreement"], "all fields")["bias_percent"]["value"] == pytest.approx((100 / 6 - 25) / 2)
    error = row(made["calibration"], "all fields")["expected_calibration_error"]["value"]
    assert error == pytest.approx((0.1 + 0.2 + 0.3) / 3)


def test_bland_altmans_points_are_mean_and_difference(records: list[FieldRecord]) -> None:
    # (50 + 66.7) / 2 and 16.7; (25 + 0) / 2 and -25.
    points = bland_altman_points(records)
    assert points[0] == pytest.approx((175 / 3, 50 / 3))
    assert points[1] == pytest.approx((12.5, -25))


def test_a_field_without_annotated_nuclei_has_no_place_in_index_figures(records: list[FieldRecord]) -> None:
    blank = replace(records[1], result=replace(records[1].result, true_index_percent=None))
    made = document(ABOUT, {"s": [records[0], blank]})
    assert row(made["tables_3_and_4_categories"], "all fields")["10/20"]["matrix"][2] == [0, 0, 1, 0]
    assert row(made["agreement"], "two")["bias_percent"]["value"] is None
    assert len(bland_altman_points([records[0], blank])) == 1


def test_with_splits_table_1_has_a_row_a_split(records: list[FieldRecord]) -> None:
    split = [replace(records[0], split="training"), replace(records[1], split="test")]
    assert list(table_1_sets(split)) == ["training", "test"]
    assert list(sets(split)) == ["one", "two", "split training", "split test", "all fields"]
    assert list(table_1_sets(records)) == list(sets(records)) == ["one", "two", "all fields"]


def test_over_rest_table_1_is_left_out_and_the_report_says_so(
    records: list[FieldRecord], tmp_path: Path
) -> None:
    made = write_report(tmp_path / "out", replace(ABOUT, over_rest=True), {"REST": records}, [])
    assert made["table_1_pixels"] == []
    text = (tmp_path / "out" / "report.md").read_text()
    assert "Left out: class maps are not fetched over REST." in text


def test_the_report_is_written_in_three_forms_that_agree(records: list[FieldRecord], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "pictures").mkdir(parents=True)
    cv2.imwrite(str(folder / "pictures" / "a.jpg"), np.zeros((4, 4, 3), np.uint8))
    panels = [Picture("pictures/a.jpg", "one <a>")]
    made = write_report(folder, ABOUT, {"1.0": records, "1.1": records}, panels)
    assert json.loads((folder / "report.json").read_text()) == json.loads(json.dumps(made))
    text, page = (folder / "report.md").read_text(), (folder / "report.html").read_text()
    # 16.7 points are 0.167 in Table 2.
    assert "| 1.1 | one | 1 | exact | 0.167 |" in text
    assert "<td>0.167</td>" in page
    assert "one &lt;a&gt;" in page
    assert page.count('src="data:image/') == 1 + 2 * 2
    for heading in ("Table 1", "Table 2", "Table 3", "Table 4", "Figure 3", "Detection", "Calibration"):
        assert f"## {heading}" in text
        assert f"<h2>{heading}" in page


def test_figures_are_shown_with_their_interval_or_as_a_dash() -> None:
    assert shown({"value": 0.5, "low": 0.25, "high": 0.75}, 2) == "0.50 [0.25, 0.75]"
    assert shown({"value": 4.0, "low": None, "high": None}, 3, 0.01) == "0.040"
    assert shown({"value": None, "low": None, "high": None}) == "–"


def test_a_bar_in_a_cell_does_not_break_a_markdown_table() -> None:
    text = markdown(["intro"], [Section("T", "text", ("a|b",), (("1",),))])
    assert "| a\\|b |\n| --- |\n| 1 |" in text
