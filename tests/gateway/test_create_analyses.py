"""POST /api/v1/analyses with TorchServe running."""

from typing import Any

import pytest

from model_store import DEFAULT_VERSION
from tests.gateway.stage import ANALYSES, Stage, body, phantom_png
from tests.handler.image_files import png_header


def test_an_image_is_scored(scored: dict[str, Any]) -> None:
    assert scored["status"] == "succeeded"
    counts = scored["counts"]
    assert counts["total"] == counts["immunopositive"] + counts["immunonegative"] > 5
    assert scored["scale"] == {"mpp": 0.5, "source": "request"}
    assert scored["model"]["version"] == DEFAULT_VERSION
    assert len(scored["model"]["weights_sha256"]) == 64
    assert scored["image"]["width_px"] == 256
    assert len(scored["nuclei"]) == counts["total"]


def test_nuclei_can_be_left_out_of_the_answer(live: Stage, field: bytes) -> None:
    answer = live.alice.upload([("a.png", field)], query="?nuclei=false", mpp="0.5", wait="240")
    assert "nuclei" not in body(answer)["items"][0]["analysis"]


def test_broken_images_fail_alone(live: Stage, field: bytes) -> None:
    images = [("a.png", field), ("text.jpg", b"not an image"), ("empty.png", b""), ("b.png", phantom_png(2))]
    answer = live.alice.upload([*images, ("bomb.png", png_header(100_000, 100_000))], mpp="0.5", wait="240")
    assert answer.status_code == 200
    items = body(answer)["items"]
    assert [item["index"] for item in items] == [0, 1, 2, 3, 4]
    assert [item["status"] for item in items] == ["succeeded", "failed", "failed", "succeeded", "failed"]
    problems = [item["problem"] for item in items if "problem" in item]
    assert [problem["status"] for problem in problems] == [415, 422, 413]
    assert [problem["type"].rpartition("/")[2] for problem in problems] == [
        "unsupported-image",
        "empty-image",
        "image-too-large",
    ]


def test_the_same_image_counts_the_same_alone_and_among_others(
    live: Stage, field: bytes, scored: dict[str, Any]
) -> None:
    images = [("a.png", phantom_png(3)), ("b.png", field), ("c.png", phantom_png(4))]
    answer = live.alice.upload(images, mpp="0.5", wait="240")
    assert body(answer)["items"][1]["analysis"]["counts"] == scored["counts"]


def test_objective_is_another_way_to_give_the_scale(live: Stage, field: bytes) -> None:
    answer = live.alice.upload([("a.png", field)], objective="20", wait="240")
    assert body(answer)["items"][0]["analysis"]["scale"] == {"mpp": 0.5, "source": "request"}


def test_without_a_scale_the_default_is_assumed_and_said(live: Stage, field: bytes) -> None:
    analysis = body(live.alice.upload([("a.png", field)], wait="240"))["items"][0]["analysis"]
    assert analysis["scale"] == {"mpp": 0.25, "source": "assumed"}
    assert "assumed_scale" in {warning["code"] for warning in analysis["warnings"]}


def test_thresholds_are_used_and_told(live: Stage, field: bytes) -> None:
    answer = live.alice.upload(
        [("a.png", field)],
        mpp="0.5",
        min_area_um2="1000",
        probability="0.6",
        category_boundaries_percent="14,30",
        wait="240",
    )
    analysis = body(answer)["items"][0]["analysis"]
    assert analysis["thresholds"] == {
        "probability": 0.6,
        "min_area_um2": 1000.0,
        "category_boundaries_percent": [14.0, 30.0],
    }
    nuclei = body(live.alice.get(analysis["links"]["self"]))["nuclei"]
    assert all(nucleus["area_um2"] >= 1000 for nucleus in nuclei)


def test_a_field_without_nuclei_has_no_index(live: Stage) -> None:
    """Nothing in 900 square microns can measure 1000."""
    small = phantom_png(6, 60, 60)
    answer = live.alice.upload([("small.png", small)], mpp="0.5", min_area_um2="1000", wait="240")
    analysis = body(answer)["items"][0]["analysis"]
    assert analysis["counts"]["total"] == 0
    assert analysis["index_percent"] is None
    assert analysis["category"] is None


def test_a_field_too_small_to_score_fails_with_the_cause(live: Stage) -> None:
    answer = live.alice.upload([("dot.png", phantom_png(1, 32, 32))], mpp="0.05", wait="240")
    assert answer.status_code == 422
    problem = body(answer)
    assert problem["type"] == "/problems/image-too-small"
    assert body(live.alice.get(problem["instance"]))["status"] == "failed"


@pytest.mark.parametrize("damage", [b"", b"no such thing"])
def test_a_damaged_result_is_its_items_problem(live: Stage, field: bytes, damage: bytes) -> None:
    images, key = [("a.png", field), ("b.png", phantom_png(2))], {"Idempotency-Key": f"damaged {damage!r}"}
    first = body(live.alice.upload(images, key, mpp="0.5", wait="240"))["items"][0]["analysis"]["id"]
    folder = live.services.settings.objects_folder / "analyses" / first
    (nuclei,) = folder.glob("result-*/nuclei")
    nuclei.write_bytes(damage)
    answer = live.alice.upload(images, key, mpp="0.5")
    assert answer.status_code == 200
    damaged, fine = body(answer)["items"]
    assert damaged["problem"]["type"] == "/problems/stored-object-damaged"
    assert damaged["problem"]["instance"] == f"{ANALYSES}/{first}"
    assert fine["analysis"]["nuclei"]
    assert live.alice.get(f"{ANALYSES}/{first}?nuclei=false").status_code == 200


def test_a_version_that_is_not_served_is_refused(live: Stage, field: bytes) -> None:
    answer = live.alice.upload([("a.png", field)], model_version="9.9")
    assert answer.status_code == 422
    assert DEFAULT_VERSION in body(answer)["detail"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("mpp", "0"),
        ("mpp", "much"),
        ("objective", "1e9"),
        ("probability", "2"),
        ("min_area_um2", "-1"),
        ("category_boundaries_percent", "20,10"),
        ("model_version", "../1.0"),
        ("wait", "-1"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(down: Stage, field: bytes, option: str, value: str) -> None:
    answer = down.alice.upload([("a.png", field)], None, **{option: value})
    assert answer.status_code == 422
    assert option in answer.text
