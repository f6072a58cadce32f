"""Ways to have an image scored, for evaluation: in this process, or by a running gateway over REST.

Both take image bytes and microns per pixel and return the analysis document of the design.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Scorer = Callable[[bytes, float], dict[str, Any]]


def in_process(version_folder: Path) -> Scorer:
    """Score with a version's spec and weights in this process."""
    raise NotImplementedError


def over_rest(url: str, key: str) -> Scorer:
    """Score through a gateway's REST interface."""
    raise NotImplementedError
