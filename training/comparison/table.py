"""Results of the compared systems in, one Markdown document and one JSON document out."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from training.comparison.speed import TILE_PX, TILES
from training.comparison.systems import Budget, Result

_HEADINGS = (
    "system",
    "parameters",
    "training",
    "tiles/s",
    "F1 any",
    "F1 positive",
    "F1 negative",
    "index RMSE",
    "MAE",
    "bias",
)


@dataclass(frozen=True)
class Circumstances:
    """How the results came about: the command, the budget, and the machine's processor cores and device."""

    command: str
    budget: Budget
    cores: int
    device: str


def as_markdown(results: Sequence[Result], circumstances: Circumstances) -> str:
    """Return the document, with a table a source of fields."""
    sources = list(results[0].figures)
    tables = [f"## {source}\n\n{_table(results, source)}" for source in sources]
    return "\n\n".join([_introduction(circumstances), *tables]) + "\n"


def as_json(results: Sequence[Result], circumstances: Circumstances) -> str:
    """Return the same figures unrounded."""
    document = {**asdict(circumstances), "systems": [asdict(result) for result in results]}
    return json.dumps(document, indent=2) + "\n"


def _introduction(circumstances: Circumstances) -> str:
    budget, recipe, told = circumstances.budget, circumstances.budget.recipe, circumstances
    return f"""# The compared systems under one budget

Made by `{told.command}` on {told.cores} processor cores, training on {told.device}.

Every system learnt from the same {budget.steps * budget.batch_size} phantoms in the same order:
{budget.steps} batches of {budget.batch_size} crops of {budget.crop_px} x {budget.crop_px} pixels at
0.5 microns per pixel, seed {budget.seed}, from random weights, with AdamW at {recipe.learning_rate:g}. It was
measured with the running average ({recipe.averaging:.4g}) of its weights. That is a small budget: the
table tells who learns fast, not where each would end. Class and nuclei are the network's own word in
the same decoding, without the correction by the field's stain that the shipped versions use. The colour
baseline learns nothing.

F1 of nuclei within 6 microns; index errors in percentage points against the annotated points. Speed: tiles
of {TILE_PX} x {TILE_PX} in batches of {TILES} on the CPU, median, the same loop for all."""


def _table(results: Sequence[Result], source: str) -> str:
    rule = ["---"] + ["---:"] * (len(_HEADINGS) - 1)
    rows = [_HEADINGS, rule, *(_row(result, source) for result in results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: Result, source: str) -> list[str]:
    figures = result.figures[source]
    scores = (figures.f1_any, figures.f1_immunopositive, figures.f1_immunonegative)
    errors = (figures.index_root_mean_square_error, figures.index_mean_absolute_error)
    seconds = result.training_seconds
    return [
        result.system,
        f"{result.parameters / 1e6:.1f} M" if result.parameters else "none",
        "none" if seconds is None else f"{seconds:.0f} s",
        f"{result.tiles_a_second:.1f}",
        *(f"{score:.3f}" for score in scores),
        *(f"{error:.1f}" for error in errors),
        f"{figures.index_bias:+.1f}",
    ]
