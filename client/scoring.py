"""Scores files through the gateway, a chunk a POST, and waits for what it could only queue.

In: a client, files, options. Out: an `Outcome` for each file as soon as it is settled; a file that fails
never stops the others.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from client.api import ApiError, Ki67Client, Upload
from client.files import chunks
from client.models import Analysis, Item, Problem

POLL_EVERY_S = 1.0


@dataclass(frozen=True)
class Outcome:
    """What became of one file: exactly one of `analysis` (succeeded) and `problem` is there."""

    file: Path
    analysis: Analysis | None = None
    problem: Problem | None = None


def score_files(
    client: Ki67Client,
    files: Sequence[Path],
    options: Mapping[str, str],
    wait_s: float = 20.0,
    patience_s: float = 900.0,
) -> Iterator[Outcome]:
    """Yield each file's outcome; a queued analysis is waited for until nothing has moved for `patience_s`."""
    waiting: dict[Path, Analysis] = {}
    for chunk in chunks(files):
        for outcome in _send(client, chunk, options, wait_s):
            if outcome.analysis and not outcome.analysis.is_settled:
                waiting[outcome.file] = outcome.analysis
            else:
                yield _settled(outcome)
    yield from _await(client, waiting, patience_s)


def _send(
    client: Ki67Client, files: Sequence[Path], options: Mapping[str, str], wait_s: float
) -> Iterator[Outcome]:
    uploads: dict[Path, Upload] = {}
    for file in files:
        try:
            uploads[file] = Upload(file.name, file.read_bytes())
        except OSError as error:
            yield Outcome(file, problem=Problem(title="The file cannot be read", detail=error.strerror))
    if not uploads:
        return
    try:
        items = client.analyse(list(uploads.values()), options, wait_s)
    except ApiError as error:
        yield from (Outcome(file, problem=error.problem) for file in uploads)
        return
    answered = {item.index: item for item in items}
    for index, file in enumerate(uploads):
        yield _outcome(file, answered.get(index))


def _outcome(file: Path, item: Item | None) -> Outcome:
    if item and item.analysis and not item.problem:
        return Outcome(file, analysis=item.analysis)
    nothing = Problem(title="The gateway said nothing about this file")
    return Outcome(file, problem=item.problem if item and item.problem else nothing)


def _settled(outcome: Outcome) -> Outcome:
    """Turn an analysis that ended without a result into its problem."""
    analysis = outcome.analysis
    if analysis is None or analysis.status == "succeeded":
        return outcome
    return Outcome(outcome.file, problem=analysis.problem or Problem(title=f"The analysis {analysis.status}"))


def _await(client: Ki67Client, waiting: dict[Path, Analysis], patience_s: float) -> Iterator[Outcome]:
    last_news = time.monotonic()
    while waiting:
        for file, analysis in list(waiting.items()):
            outcome = _ask(client, file, analysis)
            if outcome is not None:
                del waiting[file]
                last_news = time.monotonic()
                yield outcome
        if time.monotonic() - last_news > patience_s:
            yield from (Outcome(file, problem=_still_queued(analysis)) for file, analysis in waiting.items())
            return
        if waiting:
            time.sleep(POLL_EVERY_S)


def _ask(client: Ki67Client, file: Path, analysis: Analysis) -> Outcome | None:
    try:
        now = client.analysis(analysis.id, nuclei=False)
    except ApiError as error:
        return Outcome(file, problem=error.problem)
    return _settled(Outcome(file, analysis=now)) if now.is_settled else None


def _still_queued(analysis: Analysis) -> Problem:
    return Problem(
        title="Not scored yet",
        detail=f"the gateway keeps it and finishes later: /api/v1/analyses/{analysis.id}",
    )
