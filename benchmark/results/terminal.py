"""A run as tables on the terminal: what must hold first, then every figure."""

from rich.table import Table

from benchmark.goals import GOALS, Verdict
from benchmark.results.run import Run
from benchmark.results.words import measured_name, with_spread

_STYLES = {Verdict.met: "green", Verdict.missed: "bold red", Verdict.unknown: "dim"}


def goals_table(run: Run) -> Table:
    """Lay out what must hold: target, figure, verdict."""
    table = Table("what must hold", "target", "figure (least to largest)", "", title="Goals")
    for goal in GOALS:
        verdict = goal.judge(run.figures)
        figure = with_spread(run.figures.figures.get(goal.figure))
        table.add_row(goal.title, goal.target, figure, f"[{_STYLES[verdict]}]{verdict}[/]")
    return table


def figures_table(run: Run) -> Table:
    """Lay out every figure."""
    table = Table("measured", "median", "least to largest", "unit", title="Figures")
    for name, figure in run.figures.figures.items():
        alone, _, spread = with_spread(figure, unit=False).partition(" (")
        table.add_row(measured_name(name), alone, spread.rstrip(")"), figure.unit)
    return table
