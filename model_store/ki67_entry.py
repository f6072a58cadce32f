"""Lies in the root of every archive: TorchServe imports it by name and takes the only class defined here.

The scoring code is the `handler` package beside it in the same archive, so a version carries its own.
"""

from pathlib import Path

import handler

if Path(handler.__file__ or "").parents[1] != Path(__file__).parent:
    raise ImportError(
        f"the handler of {handler.__file__} stands before this archive's own on the Python path"
    )

from handler.torchserve import Ki67Handler


class Ki67Entry(Ki67Handler):
    """What TorchServe calls."""
