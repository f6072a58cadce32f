"""Colour separation finds discs of stain mixed by Beer-Lambert, and is a version like any other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from handler.answer import FieldAnalysis, ModelIdentity, to_answer
from handler.architectures import ARCHITECTURES
from handler.architectures.colour import otsu_threshold, separate
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.network import build_network
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec, NetworkSpec
from handler.stain import DAB, HAEMATOXYLIN
from handler.torchserve import Ki67Handler
from model_store.archive import ROOT, build_archive
from tests.handler.image_files import encode
from tests.handler.test_torchserve import body, new_context, send, unpack

VERSION = ROOT / "model_store" / "ki67" / "colour-1.0"
SPEC = ModelSpec.from_file(VERSION / "spec.json")
RADIUS_PX = 8
NEGATIVE = ((30, 30), (90, 40), (150, 120))
POSITIVE = ((40, 120), (120, 160))
TOUCHING = ((150, 30), (164, 30))


def field(positive: tuple[tuple[int, int], ...], dab: float, side_px: int = 192) -> NDArray[np.uint8]:
    """Draw discs at 0.5 microns per pixel on pale glass: haematoxylin 0.4, and DAB on the positive ones."""
    y, x = np.mgrid[:side_px, :side_px]
    density = np.full((side_px, side_px, 3), 0.02)
    for column, row in (*NEGATIVE, *TOUCHING, *positive):
        inside = (x - column) ** 2 + (y - row) ** 2 <= RADIUS_PX**2
        density[inside] = 0.4 * np.array(HAEMATOXYLIN)
        if (column, row) in positive:
            density[inside] = 0.1 * np.array(HAEMATOXYLIN) + dab * np.array(DAB)
    noise = np.random.default_rng(0).normal(0, 1.5, density.shape)
    return np.asarray(240 * 10**-density + noise).clip(0, 255).astype(np.uint8)


def answer_to(rgb: NDArray[np.uint8]) -> dict[str, Any]:
    """Score a field as the version does, in one tile of the field's size."""
    spec = replace(SPEC, sampling=replace(SPEC.sampling, tile_px=len(rgb)))
    engine = choose_engine(spec, VERSION / "weights.safetensors", EngineSettings("torch"))
    analyser = Analyser(spec, engine, ModelIdentity(spec.name, spec.version, weights_sha256=""))
    (result,) = analyser.analyse([(encode(rgb, "PNG"), AnalysisOptions(mpp=0.5))])
    assert isinstance(result, FieldAnalysis)
    return to_answer(result)


@pytest.mark.parametrize("dab", [0.25, 0.6, 1.5])
def test_discs_are_found_and_classed_by_their_stain(dab: float) -> None:
    nuclei = answer_to(field(POSITIVE, dab))["nuclei"]
    found = {
        cls: sorted((round(n["x"], -1), round(n["y"], -1)) for n in nuclei if n["class"] == cls)
        for cls in ("immunopositive", "immunonegative")
    }
    assert found["immunopositive"] == sorted(POSITIVE)
    assert len(found["immunonegative"]) == len(NEGATIVE) + len(TOUCHING)
    assert set(NEGATIVE) <= set(found["immunonegative"])


def test_a_field_without_dab_has_no_immunopositive_nucleus() -> None:
    negative, positive = separate(field((), 0.0))
    assert not positive.any()
    assert negative.sum() == pytest.approx((len(NEGATIVE) + len(TOUCHING)) * np.pi * RADIUS_PX**2, rel=0.1)


def test_clear_glass_and_the_tiles_that_fill_up_a_batch_are_background() -> None:
    engine = choose_engine(SPEC, VERSION / "weights.safetensors", EngineSettings("torch"))
    glass = np.random.default_rng(0).integers(232, 248, (1, 64, 64, 3)).astype(np.uint8)
    for tile in (glass, np.zeros_like(glass)):
        assert engine.run(tile).max() <= 3


def test_the_threshold_lies_between_two_heaps_and_ignores_how_dark_the_darkest_are() -> None:
    heaps = np.concatenate([np.full(900, 0.05), np.full(100, 0.5)]).astype(np.float32)
    darker = np.concatenate([heaps, np.full(5, 3.0, np.float32)])
    assert 0.05 <= otsu_threshold(heaps, 0.6) < 0.5
    assert otsu_threshold(darker, 0.6) == pytest.approx(otsu_threshold(heaps, 0.6), abs=0.02)
    assert otsu_threshold(heaps[:10], 0.6) == 0.6


def test_the_input_may_be_normalised_as_the_spec_says() -> None:
    pixels = torch.from_numpy(field(POSITIVE, 0.6)).movedim(-1, 0)[None] / 255.0
    plain = build_network(SPEC.network)(pixels)
    spec = NetworkSpec(architecture="ColourSeparation", encoder="none")
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (spec.mean, spec.std))
    assert torch.equal(build_network(spec)((pixels - mean) / std), plain)


def test_it_has_no_weights_and_wants_the_usual_outputs() -> None:
    assert not build_network(SPEC.network).state_dict()
    with pytest.raises(ValueError, match="immunopositive, interior"):
        ARCHITECTURES["ColourSeparation"](NetworkSpec(outputs=("background", "immunonegative")))


def test_its_archive_serves(tmp_path: Path) -> None:
    folder = unpack(build_archive("colour-1.0", tmp_path), tmp_path / "unpacked")
    handler, context = Ki67Handler(), new_context(folder, {"handler": {"engine": "torch"}})
    handler.initialize(context)
    image = encode(field(POSITIVE, 0.6), "PNG")
    (reply,) = send(handler, context, (body(image), {"X-Ki67-Mpp": "0.5"}))
    answer = json.loads(reply)
    assert answer["model"]["version"] == "colour-1.0"
    assert answer["counts"] == {"immunopositive": 2, "immunonegative": 5, "total": 7}
