"""When a child is worse than its parent, by which rule; and its decoding's parameters."""

from dataclasses import replace

import pytest

from training.finetune.comparison import Comparison, table, worse_by
from training.measures import Summary

PARENT = Summary(
    fields=6,
    f1_any=0.8,
    f1_immunopositive=0.7,
    f1_immunonegative=0.6,
    index_mean_absolute_error=4.0,
    index_root_mean_square_error=5.0,
    index_bias=1.0,
)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"f1_immunopositive": 0.68, "f1_any": 0.95}, "F1 immunopositive fell from 0.700 to 0.680"),
        ({"f1_immunonegative": 0.58}, "F1 immunonegative fell"),
        ({"f1_any": 0.78}, "F1 of any nucleus fell"),
        ({"index_mean_absolute_error": 4.6, "f1_any": 0.95}, "absolute error rose from 4.00 to 4.60"),
        ({"f1_any": 0.795, "index_mean_absolute_error": 4.1}, "every figure is a little worse"),
    ],
)
def test_a_worse_child_is_told_by_its_rule(changes: dict[str, float], told: str) -> None:
    (rule,) = worse_by(PARENT, replace(PARENT, **changes))  # type: ignore[arg-type]
    assert told in rule


@pytest.mark.parametrize(
    "changes",
    [{}, {"f1_any": 0.9}, {"f1_immunopositive": 0.695}, {"index_mean_absolute_error": 4.4}],
)
def test_an_equal_or_better_child_passes_and_so_does_chance(changes: dict[str, float]) -> None:
    assert worse_by(PARENT, replace(PARENT, **changes)) == []  # type: ignore[arg-type]


def test_the_table_has_a_row_for_each() -> None:
    child = replace(PARENT, f1_any=0.9, index_bias=-1.5)
    rows = table([Comparison("held out", PARENT, child)]).splitlines()
    assert rows[2] == "| held out (6) | parent | 0.800 | 0.700 | 0.600 | 4.00 | 5.00 | 1.00 |"
    assert rows[3] == "| held out (6) | child | 0.900 | 0.700 | 0.600 | 4.00 | 5.00 | -1.50 |"
