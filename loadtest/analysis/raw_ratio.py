"""What the service did and the raw forward of the same run in, their ratio out.

Both are brought to tiles of 256 x 256 at the working resolution, as `make benchmark` does. The ratio hardly
depends on the machine: it tells a slower service from a slower processor.
"""

from collections.abc import Sequence
from statistics import median

from loadtest.reading import RawForward, RunFolder

BEFORE = "before"


class NoRatioError(Exception):
    """The ratio cannot be told; the message says why."""


def raw_images_per_s(run: RunFolder) -> float:
    """Return how many of this run's images a second the network alone would do: the median over the run.

    Raises NoRatioError.
    """
    tiles_per_s = _median(run.raw)
    if not run.about.tiles_per_image:
        raise NoRatioError("run.json does not say how large the images were (tiles_per_image)")
    return tiles_per_s / run.about.tiles_per_image


def capacity_ratio(run: RunFolder) -> float:
    """Return the capacity with crops over the raw forward, both before the load; raises NoRatioError."""
    if not run.about.capacity_images_per_s:
        raise NoRatioError("the capacity was not measured in this run")
    before = [each for each in run.raw if each.when == BEFORE]
    return run.about.capacity_images_per_s / _median(before)


def _median(measured: Sequence[RawForward]) -> float:
    if not measured:
        raise NoRatioError("the raw forward was not measured in this run")
    return median(each.tiles_per_s for each in measured)
