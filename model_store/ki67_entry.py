"""Lies in the root of every archive: TorchServe imports it by name and takes the only class defined here.

The scoring code is the `handler` package beside it in the same archive, so a version carries its own.
"""

from pathlib import Path

import handler

if Path(handler.__file__ or "").parents[1] != Path(__file__).parent:
    raise ImportError(
        f"the handler of {handler.__file__} stands before this archive's own on the Python path"
    )

from handler.priority import give_way
from handler.torchserve import Ki67Handler, ServerContext


class Ki67Entry(Ki67Handler):
    """What TorchServe calls, in a process of its own."""

    def initialize(self, context: ServerContext) -> None:
        """Start as fast as any process, then let those go first that start or only need a moment."""
        super().initialize(context)
        give_way()
