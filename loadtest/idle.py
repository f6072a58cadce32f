"""The pass before the load, one picture at a time: what is right, and whether it is near the truth at all.

A service that counts wrongly from the beginning would otherwise be right by its own measure.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loadtest.errors import CannotTestError
from loadtest.expected import Expectations, Expected
from loadtest.pictures import Picture
from loadtest.services import Service

TOTAL_TOLERANCE = 0.25
"""Of the nuclei of all phantoms together; those at borders are counted in one and not in the other."""
INDEX_TOLERANCE_POINTS = 10.0
"""Of the index of all phantoms together."""


def expectations(service: Service, pictures: Iterable[Picture]) -> Expectations:
    """Score every picture by every version in use."""
    return {
        (picture.name, version): expected
        for picture in pictures
        for version, expected in service.expect(picture)
    }


def check_twice(service: Service, picture: Picture, expected: Expectations) -> None:
    """Make sure that the same picture gets the same again; raises CannotTestError."""
    for version, again in service.expect(picture):
        if again != expected[picture.name, version]:
            raise CannotTestError(
                f"{picture.name} gets another answer each time, so that none can be checked."
            )


def far_from_truth(pictures: Sequence[Picture], found: Expectations) -> list[str]:
    """Return a sentence for each version whose counts are not near the phantoms' truth."""
    versions = sorted({version for _, version in found})
    return [said for version in versions if (said := _far_from_truth(pictures, found, version))]


def _far_from_truth(pictures: Sequence[Picture], found: Expectations, version: str) -> str | None:
    known = [each for each in pictures if each.truth is not None and (each.name, version) in found]
    truth = _summed(each.truth or (0, 0) for each in known)
    counted = _summed(_counts(found[each.name, version]) for each in known)
    total, positive = sum(truth), truth[0]
    if not total:
        return None
    if abs(sum(counted) - total) > TOTAL_TOLERANCE * total:
        return f"Version {version} counts {sum(counted)} nuclei on phantoms that have {total}."
    index, right = (
        100 * part / max(1, whole) for part, whole in ((counted[0], sum(counted)), (positive, total))
    )
    if abs(index - right) > INDEX_TOLERANCE_POINTS:
        return f"Version {version} finds an index of {index:.1f} % on phantoms of {right:.1f} %."
    return None


def _counts(expected: Expected) -> tuple[int, int]:
    counts: Mapping[str, Any] = expected.result["counts"]
    return counts["immunopositive"], counts["immunonegative"]


def _summed(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(pairs)
    return sum(pair[0] for pair in listed), sum(pair[1] for pair in listed)
