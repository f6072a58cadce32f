"""Judges answers: what was asked and what came back in, one of a few outcomes and a reason out.

ok          the right answer
documented  the documented error that was asked for: a wrong key, a broken image
shed        not now, 429 or 503 with `Retry-After`
wrong       an answer that says something else than it must; fails the run as a failed request does
failed      no answer, or an error nobody asked for
abandoned   the person left before the answer
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtest.contract import SHED, Answer, Contract
from loadtest.expected import Expectations, wrong_with_analysis

OK, DOCUMENTED, SHED_LOAD, WRONG, FAILED, ABANDONED = (
    "ok",
    "documented",
    "shed",
    "wrong",
    "failed",
    "abandoned",
)
UNFINISHED = ("queued", "running")

Check = Callable[[Answer], str | None]


def nothing_wrong(_answer: Answer) -> str | None:
    """Accept every answer of the right status."""
    return None


@dataclass(frozen=True)
class Question:
    """A request, and what may come back: statuses that answer it, and errors that it asks for.

    Who leaves after some seconds closes the connection without having read an answer.
    """

    method: str
    route: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    answers: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = ()
    check: Check = nothing_wrong
    leaves_after_s: float | None = None

    @property
    def endpoint(self) -> str:
        """Method and route, as the OpenAPI document has them."""
        return f"{self.method} {self.route}"


@dataclass(frozen=True)
class Verdict:
    """The outcome, and for those that fail a run the reason."""

    outcome: str
    reason: str = ""


def judge(question: Question, answer: Answer, contract: Contract) -> Verdict:
    """Return the outcome of one request."""
    if answer.status in question.answers:
        return _checked(question, answer)
    if answer.status < 400:
        return Verdict(WRONG if answer.status else FAILED, f"{answer.status or 'no'} answer")
    if problem := contract.wrong_with_error(question.method, question.route, answer):
        return Verdict(FAILED, problem)
    if answer.status in question.errors:
        return Verdict(DOCUMENTED)
    if answer.status in SHED:
        return Verdict(SHED_LOAD)
    return Verdict(FAILED, f"{answer.status} to what was right: {answer.body[:200].decode(errors='replace')}")


def _checked(question: Question, answer: Answer) -> Verdict:
    try:
        wrong = question.check(answer)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        wrong = f"the answer lacks something ({type(error).__name__}: {error})"
    return Verdict(WRONG, wrong) if wrong else Verdict(OK)


@dataclass(frozen=True)
class Sent:
    """A file of an upload: its unique name, and its picture; None where it is broken on purpose."""

    name: str
    picture: str | None


def wrong_with_items(answer: Answer, sent: Sequence[Sent], expectations: Expectations) -> str | None:
    """Say what is wrong with the answer to an upload: as many items as files, in order, each its file's."""
    items = answer.json()["items"]
    if [(item["index"], item["filename"]) for item in items] != [
        (index, file.name) for index, file in enumerate(sent)
    ]:
        return f"{len(items)} items do not match {len(sent)} files"
    wrongs = (_wrong_with_item(item, file, expectations) for item, file in zip(items, sent, strict=True))
    return next((f"{wrong} ({file})" for wrong, file in zip(wrongs, sent, strict=True) if wrong), None)


def _wrong_with_item(item: Mapping[str, Any], file: Sent, expectations: Expectations) -> str | None:
    status = item["status"]
    if file.picture is None:
        refused = status == "failed" and item["problem"]["status"] in (413, 415, 422)
        return None if refused else f"a broken file is {status}"
    if status in UNFINISHED:
        return None
    if status != "succeeded":
        return f"{status}: {(item.get('problem') or {}).get('detail')}"
    return wrong_with_analysis(item["analysis"], file.picture, expectations)
