"""Lies in the root of every archive: TorchServe imports it by name and takes the only class defined here.

The scoring code is the `handler` package beside it in the same archive, so a version carries its own.
"""

from handler.torchserve import Ki67Handler


class Ki67Entry(Ki67Handler):
    """What TorchServe calls."""
