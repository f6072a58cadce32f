"""What is asked for and how long it may take: questions in, medians out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from apiflask import APIFlask

from benchmark.records.seed import RARE, Seeded

ONE_RECORD_MS = 10.0
A_LIST_MS = 30.0
_ANALYSES = "/api/v1/analyses"
_WARMING = 3


@dataclass(frozen=True)
class Question:
    """Who asks for which paths, taken in turn, and the median that is allowed."""

    name: str
    who: str
    paths: tuple[str, ...]
    limit_ms: float


@dataclass(frozen=True)
class Measured:
    """A question and its median."""

    question: Question
    median_ms: float

    @property
    def holds(self) -> bool:
        return self.median_ms < self.question.limit_ms


def questions(seeded: Seeded) -> Iterator[Question]:
    """Yield one record, and lists with every filter, for each who sees many records."""
    ids = {"administrator": seeded.own, "analyst": seeded.own, "expert": seeded.shown}
    for who, found in ids.items():
        spread = found[:: max(1, len(found) // 50)]
        one = tuple(f"{_ANALYSES}/{each}" for each in spread)
        yield Question("one record", who, one, ONE_RECORD_MS)
        brief = tuple(f"{path}?nuclei=false" for path in one)
        yield Question("one record without nuclei", who, brief, ONE_RECORD_MS)
        for query in _filters(seeded):
            yield Question(f"list ?{query}", who, (f"{_ANALYSES}?{query}",), A_LIST_MS)


def _filters(seeded: Seeded) -> tuple[str, ...]:
    middle = seeded.middle.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        *("limit=20", "limit=100", "status=succeeded", "status=queued", "status=failed"),
        *("category=high", "category=low,borderline", "model_version=1.0", "model_version=1.1"),
        *(f"created_to={middle}", f"created_from={middle}", "author=me", "assigned=true", "assigned=false"),
        *("tag=common", f"tag={RARE}", f"tag=common,{RARE}", "tag=none", f"case_label={seeded.case_label}"),
        *(f"tag={RARE}&status=succeeded", "case_label=nobody&author=me"),
        *("text=field", f"text={RARE}", "text=nothing", f"category=high&tag={RARE}&text={RARE}"),
    )


def measure(app: APIFlask, seeded: Seeded, question: Question, repeats: int) -> Measured:
    """Ask through the whole application; raises RuntimeError where the answer is no success."""
    client, spent = app.test_client(), []
    headers = {"Authorization": f"Bearer {seeded.keys[question.who]}"}
    for turn in range(_WARMING + repeats):
        path = question.paths[turn % len(question.paths)]
        begun = time.perf_counter()
        answer = client.get(path, headers=headers)
        spent.append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    return Measured(question, median(spent[_WARMING:]))
