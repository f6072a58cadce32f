"""Turns a command's main function into what typer's test runner runs."""

from collections.abc import Callable
from typing import Any

import typer


def application(main: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer()
    app.command()(main)
    return app
