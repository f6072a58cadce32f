"""What no deployment may do, however fast it is: a run's folder in, a sentence for each such thing out.

Objectives say how fast is fast enough; these are not for anybody to set.
"""

import json
from collections import Counter
from pathlib import Path

from loadtest.book import read_troubles
from loadtest.checks import WRONG
from loadtest.run import RUN

SHOWN = 3


def unsound(folder: Path) -> list[str]:
    """Say which answers were wrong and which uploads are not in the records as they must be."""
    uploads = json.loads((folder / RUN).read_text(encoding="utf-8"))["uploads"] or {}
    meant = {
        "lost": "accepted images have no finished record",
        "double": "images have a record too many",
        "wrong": "records say something else than when idle",
    }
    said = [f"{uploads[name]} {text}." for name, text in meant.items() if uploads.get(name)]
    return [*_wrong_answers(folder), *said]


def _wrong_answers(folder: Path) -> list[str]:
    wrong = [each for each in read_troubles(folder) if each.outcome == WRONG]
    if not wrong:
        return []
    shown = Counter(f"{each.endpoint}: {each.reason}" for each in wrong).most_common(SHOWN)
    return [f"{len(wrong)} answers were wrong: {'; '.join(f'{count} x {text}' for text, count in shown)}"]
