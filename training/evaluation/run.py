"""Runs systems over fields: fields in; a record a field and system, and the pictures of a report, out.

Every field is read, and its truth mask made, once for all systems.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tqdm import tqdm

from training.evaluation.drawing import Drawing, SeenField
from training.evaluation.fields import EvaluatedField
from training.evaluation.record import FieldRecord, record
from training.evaluation.report import file_name
from training.evaluation.sections import Picture
from training.evaluation.truth import MaskOrigin, truth_mask
from training.scorers import System


@dataclass(frozen=True)
class Measuring:
    """How to measure: microns per pixel, matching radii and the main one, how truth masks are made."""

    mpp: float
    radii_um: tuple[float, ...]
    main_radius_um: float
    masks: MaskOrigin = MaskOrigin.watershed


@dataclass(frozen=True)
class Evaluation:
    """Records by system, and the panels of Figure 3."""

    records: dict[str, list[FieldRecord]] = field(default_factory=dict)
    figure_3: list[Picture] = field(default_factory=list)


def evaluate(
    fields: Sequence[EvaluatedField], systems: Mapping[str, System], measuring: Measuring, drawing: Drawing
) -> Evaluation:
    """Score every field with every system and compare; raises what a system or an unreadable field raises."""
    done = Evaluation()
    for one in tqdm(fields, unit="field", file=sys.stderr):
        seen = _seen(one, measuring)
        for label, system in systems.items():
            scored = system(one.image, measuring.mpp)
            measured = record(
                one, scored, seen.truth, measuring.mpp, measuring.radii_um, measuring.main_radius_um
            )
            prefix = f"{file_name(label)}-" if len(systems) > 1 else ""
            drawing.draw(seen, scored, measured, prefix)
            done.records.setdefault(label, []).append(measured)
            done.figure_3.extend(drawing.draw_figure_3(seen, scored, label, prefix))
    return done


def _seen(one: EvaluatedField, measuring: Measuring) -> SeenField:
    rgb = one.rgb()
    return SeenField(one, rgb, truth_mask(one.image, rgb, one.annotation, measuring.mpp, measuring.masks))
