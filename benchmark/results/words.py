"""Figures as a person reads them."""

from benchmark.figures import RATIO, Figure


def number(value: float) -> str:
    """Write with three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_spread(figure: Figure | None, *, unit: bool = True) -> str:
    """Write the median, its unit, and least and largest of the rounds where there are several."""
    if figure is None:
        return "not measured"
    name = f" {figure.unit}" if unit and figure.unit != RATIO else ""
    told = f"{number(figure.median)}{name}"
    return f"{told} ({number(figure.low)} to {number(figure.high)})" if len(figure.rounds) > 1 else told


def measured_name(name: str) -> str:
    """Turn a figure's name into words: dots become commas."""
    return ", ".join(name.split("."))
