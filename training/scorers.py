"""Ways to have an image scored, for evaluation: in this process, or by a running gateway over REST.

Both take an image file and microns per pixel and return the analysis document with its nuclei.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from client.api import ApiError, Ki67Client
from client.models import Problem
from client.scoring import score_files
from handler.answer import FieldAnalysis, ModelIdentity, to_answer
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.errors import ProblemError
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec

Scorer = Callable[[Path, float], dict[str, Any]]


@dataclass(frozen=True)
class Scored:
    """A field's answer document, and the whole analysis where it was made in this process."""

    answer: dict[str, Any]
    analysis: FieldAnalysis | None = None


System = Callable[[Path, float], Scored]


def analyse_in_process(version_folder: Path) -> Callable[[Path, float], FieldAnalysis]:
    """Return what analyses an image with a version; it raises ProblemError on a bad image."""
    spec = ModelSpec.from_file(version_folder / "spec.json")
    engine = choose_engine(spec, version_folder / "weights.safetensors", EngineSettings())
    analyser = Analyser(spec, engine, ModelIdentity(spec.name, spec.version, weights_sha256=""))

    def analyse(image: Path, mpp: float) -> FieldAnalysis:
        options = AnalysisOptions(mpp=mpp)
        (result,) = analyser.analyse([(image.read_bytes(), options)])
        if isinstance(result, ProblemError):
            raise result
        return result

    return analyse


def in_process(version_folder: Path) -> Scorer:
    """Score with a version in this process."""
    analyse = analyse_in_process(version_folder)
    return lambda image, mpp: to_answer(analyse(image, mpp))


def system_in_process(version_folder: Path) -> System:
    """Score with a version in this process and keep the analysis."""
    analyse = analyse_in_process(version_folder)

    def system(image: Path, mpp: float) -> Scored:
        analysis = analyse(image, mpp)
        return Scored(to_answer(analysis), analysis)

    return system


def system_over_rest(client: Ki67Client) -> System:
    """Score through a gateway: answers only."""
    scorer = over_rest(client)
    return lambda image, mpp: Scored(scorer(image, mpp))


def over_rest(client: Ki67Client) -> Scorer:
    """Score through a gateway; the scorer raises ApiError with the gateway's problem where it could not."""

    def scorer(image: Path, mpp: float) -> dict[str, Any]:
        (outcome,) = score_files(client, [image], {"mpp": f"{mpp:g}"})
        if outcome.analysis is None:
            raise ApiError(outcome.problem or Problem())
        return client.analysis(outcome.analysis.id).to_json()

    return scorer
