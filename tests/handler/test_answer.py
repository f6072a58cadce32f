"""The answer is the design's document, and the message gives back all that it was made of."""

import json
from dataclasses import replace
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.answer import (
    EngineIdentity,
    FieldAnalysis,
    ImageIdentity,
    ModelIdentity,
    from_message,
    nuclei_to_answer,
    to_answer,
    to_message,
)
from handler.nuclei import Contours, DecodedField, Nuclei
from handler.probability import ProbabilityMap
from handler.quality import score_warnings
from handler.scale import Scale
from handler.scoring import score
from handler.spec import DecodingSpec, Thresholds


def some_nuclei(count: int, seed: int = 0) -> Nuclei:
    rng = np.random.default_rng(seed)
    return Nuclei(
        centroids_px=rng.uniform(-0.4, 5000, (count, 2)).astype(np.float32),
        areas_um2=rng.uniform(0, 900, count).astype(np.float32),
        immunopositive=rng.random(count) < 0.3,
        confidences=rng.uniform(0.5, 1, count).astype(np.float32),
        dab_densities=rng.uniform(0, 2.5, count).astype(np.float32),
        contours_px=Contours.packed(
            [rng.uniform(0, 5000, (int(size), 2)).astype(np.float32) for size in rng.integers(1, 30, count)]
        ),
    )


def some_analysis(nuclei: Nuclei, seed: int = 0) -> FieldAnalysis:
    rng = np.random.default_rng(seed)
    negative, positive, interior, density = rng.integers(0, 256, (4, 5, 7), np.uint8)
    thresholds = Thresholds(0.4, 6.0, (5.0, 25.5))
    scored, scale = score(nuclei, thresholds.category_boundaries_percent), Scale(0.3, "assumed")
    return FieldAnalysis(
        image=ImageIdentity(14, 10, "ab" * 32),
        scale=scale,
        model=ModelIdentity("ki67", "1.0", "cd" * 32),
        engine=EngineIdentity("torch", "float32", "cpu"),
        decoding=DecodingSpec("mcconnell2021", smoothing_um=0.7),
        thresholds=thresholds,
        probability=ProbabilityMap(negative, positive, interior, density, 0.21, 14, 10, 0.3),
        decoded=DecodedField(nuclei, rng.integers(0, 3, (5, 7), np.uint8)),
        score=scored,
        warnings=score_warnings(scale, scored),
    )


def over_the_wire(message: dict[str, Any]) -> dict[str, Any]:
    received: dict[str, Any] = msgpack.unpackb(msgpack.packb(message))
    return received


def test_the_answer_is_the_document_of_the_design() -> None:
    nuclei = Nuclei(
        np.array([[12.46, 80.11], [-0.01, 3]], np.float32),
        np.array([41.23, 30], np.float32),
        np.array([True, False]),
        np.array([0.9707, 0.5], np.float32),
        np.array([0.61249, 0.1], np.float32),
        Contours.packed([np.zeros((3, 2), np.float32)] * 2),
    )
    answer = to_answer(some_analysis(nuclei))
    warnings = answer.pop("warnings")
    assert answer == {
        "image": {"width_px": 14, "height_px": 10, "sha256": "ab" * 32},
        "scale": {"mpp": 0.3, "source": "assumed"},
        "model": {"name": "ki67", "version": "1.0", "weights_sha256": "cd" * 32},
        "engine": {"name": "torch", "precision": "float32", "device": "cpu"},
        "thresholds": {"probability": 0.4, "min_area_um2": 6.0, "category_boundaries_percent": [5.0, 25.5]},
        "counts": {"immunopositive": 1, "immunonegative": 1, "total": 2},
        "index_percent": 50.0,
        "index_interval_percent": [9.45, 90.55],
        "category": "high",
        "category_certain": False,
        "nuclei": [
            {
                "x": 12.5,
                "y": 80.1,
                "class": "immunopositive",
                "confidence": 0.971,
                "area_um2": 41.2,
                "dab_density": 0.612,
            },
            {
                "x": 0.0,
                "y": 3.0,
                "class": "immunonegative",
                "confidence": 0.5,
                "area_um2": 30.0,
                "dab_density": 0.1,
            },
        ],
    }
    assert [warning["code"] for warning in warnings] == ["assumed_scale", "few_nuclei", "category_uncertain"]
    assert all(set(warning) == {"code", "detail"} for warning in warnings)


def test_a_field_without_nuclei_says_null_and_never_0() -> None:
    answer = to_answer(some_analysis(Nuclei.none()))
    assert answer["counts"] == {"immunopositive": 0, "immunonegative": 0, "total": 0}
    for name in ("index_percent", "index_interval_percent", "category", "category_certain"):
        assert answer[name] is None
    assert answer["nuclei"] == []


def test_the_answer_is_plain_json_with_short_numbers() -> None:
    text = json.dumps(nuclei_to_answer(some_nuclei(200)), allow_nan=False)
    numbers = [number for row in json.loads(text) for number in row.values() if isinstance(number, float)]
    assert len(numbers) == 1000
    assert max(len(str(number)) for number in numbers) <= len("5000.0")
    assert "-0.0" not in text


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 60), seed=st.integers(0, 1000))
def test_a_message_gives_back_the_same_answer_and_evidence(count: int, seed: int) -> None:
    sent = some_analysis(some_nuclei(count, seed), seed)
    received = from_message(over_the_wire(to_message(sent)))
    assert to_answer(received) == to_answer(sent)
    assert received.decoding == sent.decoding
    assert received.score == sent.score
    np.testing.assert_array_equal(received.decoded.class_map, sent.decoded.class_map)
    assert received.probability.to_message() == sent.probability.to_message()
    contours = zip(received.decoded.nuclei.contours_px, sent.decoded.nuclei.contours_px, strict=True)
    for theirs, ours in contours:
        np.testing.assert_array_equal(theirs, ours)


def test_a_message_survives_any_number_of_journeys() -> None:
    once = over_the_wire(to_message(some_analysis(some_nuclei(50))))
    assert over_the_wire(to_message(from_message(once))) == once


def test_the_message_is_laid_out_as_promised() -> None:
    nuclei = some_nuclei(3)
    message = to_message(some_analysis(nuclei))
    assert set(message) == {"answer", "decoding", "mask", "contours", "probability"}
    assert (message["mask"]["width"], message["mask"]["height"], len(message["mask"]["data"])) == (7, 5, 35)
    lengths = np.frombuffer(message["contours"]["lengths"], "<u4")
    assert lengths.tolist() == [len(contour) for contour in nuclei.contours_px]
    assert len(message["contours"]["points"]) == lengths.sum() * 2 * 4


@pytest.mark.parametrize("part", ["points", "lengths"])
def test_contours_that_do_not_add_up_are_refused(part: str) -> None:
    message = to_message(some_analysis(some_nuclei(3)))
    message["contours"][part] = message["contours"][part][:-8]
    with pytest.raises(ValueError, match="contour"):
        from_message(message)


def test_a_mask_of_another_size_is_refused() -> None:
    message = to_message(some_analysis(some_nuclei(3)))
    message["mask"]["width"] += 1
    with pytest.raises(ValueError, match="reshape"):
        from_message(message)


def test_a_rescored_analysis_is_a_changed_copy() -> None:
    received = from_message(over_the_wire(to_message(some_analysis(some_nuclei(30)))))
    thresholds = replace(received.thresholds, category_boundaries_percent=(50.0, 60.0))
    rescored = score(received.decoded.nuclei, thresholds.category_boundaries_percent)
    answer = to_answer(replace(received, thresholds=thresholds, score=rescored))
    assert answer["counts"] == to_answer(received)["counts"]
    assert (to_answer(received)["category"], answer["category"]) == ("high", "low")
