"""Every accepted upload has to end in exactly one finished and right record."""

from typing import Any

import pytest

from loadtest.book import ACCEPTED, REFUSED, UNKNOWN, Upload
from loadtest.ledger import settle
from tests.loadtest.answers import NAME, PICTURE, analysis, expectations

WRONG = {"immunopositive": 2, "immunonegative": 2, "total": 4}


@pytest.mark.parametrize(
    ("fate", "records", "lost", "double", "wrong"),
    [
        (ACCEPTED, [analysis()], 0, 0, 0),
        (ACCEPTED, [], 1, 0, 0),
        (ACCEPTED, [analysis(status="queued")], 1, 0, 0),
        (ACCEPTED, [analysis(status="failed")], 1, 0, 0),
        (ACCEPTED, [analysis(), analysis()], 0, 1, 0),
        (ACCEPTED, [analysis(counts=WRONG)], 0, 0, 1),
        (REFUSED, [], 0, 0, 0),
        (REFUSED, [analysis()], 0, 1, 0),
        (UNKNOWN, [], 0, 0, 0),
        (UNKNOWN, [analysis()], 0, 0, 0),
        (UNKNOWN, [analysis(), analysis()], 0, 1, 0),
    ],
)
def test_lost_double_and_wrong(
    fate: str, records: list[dict[str, Any]], lost: int, double: int, wrong: int
) -> None:
    ledger = settle([Upload(NAME, PICTURE, fate)], records, expectations())
    assert (ledger.lost, ledger.double, ledger.wrong) == (lost, double, wrong)
    assert ledger.records == len(records)


def test_a_record_that_nobody_sent_is_one_too_many() -> None:
    assert settle([], [analysis()], expectations()).double == 1
