"""A corrected layer: the model's nuclei and a person's edits in, the nuclei that remain out.

Edits are `removed` (places in the list of nuclei, from 0), `relabelled` ({nucleus, class}) and `added`
({x, y, class}); those left out are empty. The order stays the model's, what was added follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from handler.nuclei import CLASS_NAMES, IMMUNOPOSITIVE, Contours, Nuclei

Edits = Mapping[str, Any]
Point = tuple[float, float, str]
Origin = Literal["model", "relabelled", "added"]

_POSITIVE = CLASS_NAMES[IMMUNOPOSITIVE]
_USUAL_AREA_UM2 = 50.0
"""Of an added nucleus where the model found none to take the median of: 8 microns across."""
_CORNERS = 24


@dataclass(frozen=True)
class Layer:
    """Nuclei to be exported, one row each: who put them there, and their number.

    A nucleus of the model keeps its number, from 1 in the model's list; added ones count on after the last.
    What nobody measured (confidence where a person decided; area and density of what was added) is NaN.
    """

    nuclei: Nuclei
    numbers: tuple[int, ...]
    origins: tuple[Origin, ...]


def corrected_points(nuclei: Sequence[Mapping[str, Any]], edits: Edits) -> list[Point]:
    """Return x, y (pixels) and class of every nucleus of the corrected layer.

    `nuclei` are as the API lists them, those of the revision that the edits belong to.
    """
    removed, classes = _removed(edits), _classes(edits)
    kept = [
        (float(nucleus["x"]), float(nucleus["y"]), classes.get(place, str(nucleus["class"])))
        for place, nucleus in enumerate(nuclei)
        if place not in removed
    ]
    added = [(float(each["x"]), float(each["y"]), str(each["class"])) for each in edits.get("added", ())]
    return kept + added


def model_layer(nuclei: Nuclei) -> Layer:
    """Return the nuclei as the model left them."""
    origins: list[Origin] = ["model"] * len(nuclei)
    return Layer(nuclei, tuple(range(1, len(nuclei) + 1)), tuple(origins))


def corrected_nuclei(nuclei: Nuclei, edits: Edits, mpp: float) -> Layer:
    """Return the corrected layer with outlines; an added nucleus gets a circle of the median area."""
    removed, classes = _removed(edits), _classes(edits)
    places = [place for place in range(len(nuclei)) if place not in removed]
    decided = np.array([place in classes for place in places], np.bool_)
    kept = _chosen(nuclei, places)
    labels = [classes[place] == _POSITIVE for place in places if place in classes]
    kept.immunopositive[decided] = labels
    kept.confidences[decided] = np.nan
    added = _added(edits.get("added", ()), _typical_radius_px(nuclei, mpp))
    origins: list[Origin] = ["relabelled" if each else "model" for each in decided.tolist()]
    origins += ["added"] * len(added)
    following = range(len(nuclei) + 1, len(nuclei) + 1 + len(added))
    return Layer(_joined(kept, added), (*(place + 1 for place in places), *following), tuple(origins))


def _removed(edits: Edits) -> set[int]:
    return set(edits.get("removed", ()))


def _classes(edits: Edits) -> dict[int, str]:
    return {int(each["nucleus"]): str(each["class"]) for each in edits.get("relabelled", ())}


def _chosen(nuclei: Nuclei, places: list[int]) -> Nuclei:
    """Return copies of those rows."""
    rows = np.array(places, np.intp)
    return Nuclei(
        nuclei.centroids_px[rows],
        nuclei.areas_um2[rows],
        nuclei.immunopositive[rows],
        nuclei.confidences[rows],
        nuclei.dab_densities[rows],
        Contours.packed([nuclei.contours_px[place] for place in places]),
    )


def _added(added: Sequence[Mapping[str, Any]], radius_px: float) -> Nuclei:
    centres = np.array([(each["x"], each["y"]) for each in added], np.float32).reshape(-1, 2)
    unknown = np.full(len(added), np.nan, np.float32)
    return Nuclei(
        centres,
        unknown,
        np.array([each["class"] == _POSITIVE for each in added], np.bool_),
        unknown,
        unknown,
        Contours.packed([centre + _circle(radius_px) for centre in centres]),
    )


def _typical_radius_px(nuclei: Nuclei, mpp: float) -> float:
    area_um2 = float(np.median(nuclei.areas_um2)) if len(nuclei) else _USUAL_AREA_UM2
    return float(np.sqrt(area_um2 / np.pi)) / mpp


def _circle(radius_px: float) -> NDArray[np.float32]:
    """Return corners (n, 2) around the origin."""
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    return (radius_px * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype(np.float32)


def _joined(first: Nuclei, second: Nuclei) -> Nuclei:
    return Nuclei(
        np.concatenate([first.centroids_px, second.centroids_px]),
        np.concatenate([first.areas_um2, second.areas_um2]),
        np.concatenate([first.immunopositive, second.immunopositive]),
        np.concatenate([first.confidences, second.confidences]),
        np.concatenate([first.dab_densities, second.dab_densities]),
        Contours.packed([*first.contours_px, *second.contours_px]),
    )
