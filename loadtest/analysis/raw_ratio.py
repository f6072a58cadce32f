"""Goodput and the raw forward of the same run in, their ratio out.

Both are brought to tiles of 256 x 256 at the working resolution, as `make benchmark` does.
"""

from statistics import median

from loadtest.reading import RunFolder


class NoRatioError(Exception):
    """The ratio cannot be told; the message says why."""


def raw_images_per_s(run: RunFolder) -> float:
    """Return how many of this run's images a second the network alone would do: the median over the run.

    Raises NoRatioError.
    """
    if not run.raw:
        raise NoRatioError("the raw forward was not measured in this run")
    if not run.about.tiles_per_image:
        raise NoRatioError("run.json does not say how large the images were (tiles_per_image)")
    return median(each.tiles_per_s for each in run.raw) / run.about.tiles_per_image


def raw_ratio(run: RunFolder, images_per_s: float) -> float:
    """Return goodput over the raw forward; raises NoRatioError."""
    return images_per_s / raw_images_per_s(run)
