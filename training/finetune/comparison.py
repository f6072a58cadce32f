"""Parent and child on the same fields: figures of both, and by which rule the child is worse, if it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.measures import FieldResult, Summary, summarise

F1_TOLERANCE = 0.01
INDEX_TOLERANCE_POINTS = 0.5
"""What a few held-out fields more or less would change."""
_F1 = {
    "f1_any": "F1 of any nucleus",
    "f1_immunopositive": "F1 immunopositive",
    "f1_immunonegative": "F1 immunonegative",
}


@dataclass(frozen=True)
class Comparison:
    """Figures of parent and child on one set of fields, called `name`."""

    name: str
    parent: Summary
    child: Summary

    @classmethod
    def of(cls, name: str, parent: Sequence[FieldResult], child: Sequence[FieldResult]) -> "Comparison":
        """Summarise what was measured."""
        return cls(name, summarise(parent), summarise(child))

    def to_json(self) -> dict[str, Any]:
        """Return both sets of figures."""
        return {"parent": asdict(self.parent), "child": asdict(self.child)}


def worse_by(parent: Summary, child: Summary) -> list[str]:
    """Return the rules by which the child is worse than its parent on the same fields; none: it is not.

    One F1 lower by more than `F1_TOLERANCE`; or the index' mean absolute error higher by more than
    `INDEX_TOLERANCE_POINTS`; or, however little, the mean F1 lower and the index' error higher.
    """
    before, after = asdict(parent), asdict(child)
    rules = [
        f"{name} fell from {before[key]:.3f} to {after[key]:.3f}, by more than {F1_TOLERANCE:g}"
        for key, name in _F1.items()
        if after[key] < before[key] - F1_TOLERANCE
    ]
    errors = parent.index_mean_absolute_error, child.index_mean_absolute_error
    if errors[1] > errors[0] + INDEX_TOLERANCE_POINTS:
        rules.append(
            f"the index' mean absolute error rose from {errors[0]:.2f} to {errors[1]:.2f} points, "
            f"by more than {INDEX_TOLERANCE_POINTS:g}"
        )
    f1 = [sum(figures[key] for key in _F1) / len(_F1) for figures in (before, after)]
    if not rules and f1[1] < f1[0] and errors[1] > errors[0]:
        rules.append("every figure is a little worse: mean F1 lower and the index' error higher")
    return rules


def table(comparisons: Sequence[Comparison]) -> str:
    """Return a Markdown table, two rows a comparison."""
    lines = [
        "| fields | version | F1 any | F1 immunopositive | F1 immunonegative | index MAE | RMSE | bias |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for c in comparisons:
        lines += [_row(c, "parent", c.parent), _row(c, "child", c.child)]
    return "\n".join(lines)


def _row(comparison: Comparison, version: str, s: Summary) -> str:
    scores = (s.f1_any, s.f1_immunopositive, s.f1_immunonegative)
    errors = (s.index_mean_absolute_error, s.index_root_mean_square_error, s.index_bias)
    cells = [f"{comparison.name} ({s.fields})", version]
    cells += [f"{value:.3f}" for value in scores] + [f"{value:.2f}" for value in errors]
    return f"| {' | '.join(cells)} |"
