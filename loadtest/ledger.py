"""After the load: whether every accepted upload ended in exactly one record, with the right result.

In: every image that was sent, and all records of the run. Out: how many are lost, double or wrong.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtest.book import ACCEPTED, REFUSED, UNKNOWN, Upload
from loadtest.checks import UNFINISHED
from loadtest.expected import Expectations, wrong_with_analysis
from loadtest.services import Gateway

DRAIN_S, LOOK_EVERY_S = 600.0, 2.0


@dataclass(frozen=True)
class Ledger:
    """Images sent by their fate, and what was found of them.

    `lost`: accepted and without a finished record; `double`: a second record, or one of a refused image;
    `wrong`: records that say something else than when idle.
    """

    accepted: int
    refused: int
    unknown: int
    records: int
    lost: int
    double: int
    wrong: int


def wait_until_done(gateway: Gateway, label: str, limit_s: float = DRAIN_S) -> bool:
    """Wait until no record of the run waits or runs; False where some still do."""
    deadline = time.monotonic() + limit_s
    while next(gateway.records(case_label=label, status=",".join(UNFINISHED)), None) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def settle(
    uploads: Sequence[Upload], records: Iterable[Mapping[str, Any]], expectations: Expectations
) -> Ledger:
    """Compare what was sent with what is recorded."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        found[record["filename"]].append(record)
    sent = {upload.name: upload for upload in uploads}
    fates = Counter(upload.fate for upload in uploads)
    return Ledger(
        accepted=fates[ACCEPTED],
        refused=fates[REFUSED],
        unknown=fates[UNKNOWN],
        records=sum(map(len, found.values())),
        lost=sum(not _is_finished(found.get(each.name, ())) for each in uploads if each.fate == ACCEPTED),
        double=sum(len(each) > _due(sent.get(name)) for name, each in found.items()),
        wrong=sum(_is_wrong(each, sent, expectations) for records in found.values() for each in records),
    )


def _is_finished(records: Sequence[Mapping[str, Any]]) -> bool:
    return any(record["status"] == "succeeded" for record in records)


def _due(upload: Upload | None) -> int:
    """Return how many records there may be."""
    return 0 if upload is None or upload.fate == REFUSED else 1


def _is_wrong(record: Mapping[str, Any], sent: Mapping[str, Upload], expectations: Expectations) -> bool:
    upload = sent.get(record["filename"])
    if upload is None or record["status"] != "succeeded":
        return False
    return wrong_with_analysis(record, upload.picture, expectations) is not None
