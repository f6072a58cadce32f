"""One person's stay: questions in, judged and noted; the time of each counts from when it was due.

The first question is due when the person arrives, each further one when the one before was answered and they
have thought. Who is sent late, because every visitor of the pool was busy, has waited all the same.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loadtest import multipart
from loadtest.arrivals import Arrival
from loadtest.book import ACCEPTED, REFUSED, UNKNOWN, Book, Request, Trouble, Upload
from loadtest.checks import (
    ABANDONED,
    FAILED,
    OK,
    UNFINISHED,
    WRONG,
    Check,
    Question,
    Sent,
    Verdict,
    judge,
    wrong_with_items,
)
from loadtest.contract import Answer, Contract
from loadtest.expected import wrong_with_analysis
from loadtest.pictures import ANY, Picture
from loadtest.plan import Plan

ANALYSES = "/api/v1/analyses"
ANALYSIS = f"{ANALYSES}/{{analysis_id}}"
POLL_S, PATIENCE_S = 2.0, 90.0
"""How often somebody looks whether a queued image is done, and for how long."""

Send = Callable[[Question], Answer]
Sleep = Callable[[float], None]
Clock = Callable[[], float]
Item = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """What all visits of a process share.

    `clock` tells seconds since the load began; `tell` is told of each request and what was wrong with it.
    """

    plan: Plan
    contract: Contract
    book: Book
    clock: Clock
    sleep: Sleep = time.sleep
    tell: Callable[[Request, str], None] = lambda _request, _reason: None


class Visit:
    """What one person does, one question after the other."""

    def __init__(self, scene: Scene, arrival: Arrival, send: Send) -> None:
        self.plan, self._scene, self._send = scene.plan, scene, send
        self._person, self._due_s = arrival.person, arrival.due_s
        self._number, self._uploads = arrival.number, 0
        self.chance = random.Random(f"{scene.plan.seed} {arrival.number}")  # noqa: S311 - repeatable

    def ask(self, question: Question, brings: Callable[[Answer], int] | None = None) -> Answer:
        """Ask, judge and note; `brings` counts the images whose results are in a right answer."""
        sent_s = self._scene.clock()
        answer = self._send(question)
        ended_s = self._scene.clock()
        verdict = judge(question, answer, self._scene.contract)
        if question.leaves_after_s is not None and answer.status == 0:
            verdict = Verdict(ABANDONED)
        images = brings(answer) if brings and verdict.outcome == OK else 0
        self._note(question.endpoint, answer.status, verdict, ended_s - sent_s, ended_s, images)
        self._due_s = ended_s
        return answer

    def think(self, least_s: float, most_s: float) -> None:
        """Look at what came, or fetch coffee; the next question is due afterwards."""
        self._due_s += self.chance.uniform(least_s, most_s)
        self._scene.sleep(max(0.0, self._due_s - self._scene.clock()))

    def pick(self, kind: str, count: int = 1) -> list[Picture]:
        """Choose pictures of a kind, each again only where there are fewer than asked for."""
        able = [each for each in self.plan.pictures if each.kind in (kind, ANY)]
        self.chance.shuffle(able)
        return [able[turn % len(able)] for turn in range(count)]

    def with_key(self, **more: str) -> dict[str, str]:
        """Return headers that say who asks, and others, named with underscores."""
        named = {name.replace("_", "-").title(): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.plan.key}"} | named

    def get(self, route: str, analysis_id: str = "", query: str = "", **more: Any) -> Answer:
        """Ask for something by its route, with the person's own key unless other headers are given."""
        path = route.replace("{analysis_id}", analysis_id) + query
        return self.ask(Question("GET", route, path, **{"headers": self.with_key(), **more}))

    def upload(self, *pictures: Picture, broken: bytes | None = None, **options: Any) -> "Uploaded":
        """Send pictures, and a broken file after them, in one POST; `options` are of `Uploading`."""
        return self._upload(Uploading(self._files(pictures, broken), **options))

    def repeat(self, uploading: "Uploading", **options: Any) -> "Uploaded":
        """Send the very same files once more, with other options."""
        return self._upload(replace(uploading, **options))

    def follow(self, uploaded: "Uploaded") -> list[Item]:
        """Ask for what is queued until it is done; note how long it took from upload to last result."""
        done = [self._followed(item, uploaded) for item in uploaded.items if "analysis" in item]
        if done and all(item["status"] == "succeeded" for item in done):
            verdict = Verdict(OK)
        else:
            verdict = Verdict(FAILED, f"no result in {PATIENCE_S:.0f} s")
        if done:
            self._due_s, after_s = uploaded.due_s, self._due_s
            self._note("result", 200, verdict, after_s - uploaded.due_s, after_s, 0)
            self._due_s = after_s
        return done

    def _followed(self, item: Item, uploaded: "Uploaded") -> Item:
        until_s = uploaded.due_s + PATIENCE_S
        while item["status"] in UNFINISHED and self._due_s < until_s:
            self.think(POLL_S, POLL_S)
            item = item | self._looked_at(item["analysis"]["id"], picture_of(item["filename"]))
        return item

    def _looked_at(self, analysis_id: str, picture: str) -> Item:
        question = Question(
            "GET",
            ANALYSIS,
            f"{ANALYSES}/{analysis_id}?nuclei=false",
            self.with_key(),
            check=lambda answer: self._wrong_with_record(answer, picture),
        )
        answer = self.ask(question, lambda answer: int(answer.json()["status"] == "succeeded"))
        return {"status": answer.json()["status"]} if answer.status == 200 else {}

    def _wrong_with_record(self, answer: Answer, picture: str) -> str | None:
        document = answer.json()
        if document["status"] in UNFINISHED:
            return None
        return wrong_with_analysis(document, picture, self.plan.expectations)

    def checked_record(self, picture: str) -> Check:
        """Return the check of a record's answer: what the picture got when idle."""
        return lambda answer: self._wrong_with_record(answer, picture)

    def checked_answer(self, picture: str) -> Check:
        """Return the check of a finished analysis that is an answer by itself."""
        return lambda answer: wrong_with_analysis(answer.json(), picture, self.plan.expectations)

    def expect_same(self, first: "Uploaded", again: "Uploaded") -> None:
        """Note it where a repeated upload was told of other records than the first one made."""
        made, told = ([item["analysis"]["id"] for item in each.items] for each in (first, again))
        if again.items and made != told:
            reason = "a repeated upload made another record"
            self._note("repetition", again.answer.status, Verdict(WRONG, reason), 0.0, self._due_s, 0)

    def fail(self, error: Exception) -> None:
        """Note that the visit could not go on: an answer lacked what the next question needs."""
        verdict = Verdict(WRONG, f"{type(error).__name__}: {error}")
        self._note("visit", 0, verdict, 0.0, self._scene.clock(), 0)

    def _files(self, pictures: Sequence[Picture], broken: bytes | None) -> tuple["File", ...]:
        self._uploads += 1
        start = f"{self._number:06d}-{self._uploads}"
        files = [
            File(Sent(f"{start}-{place:02d}-{picture.name}", picture.name), picture.data, picture.mpp)
            for place, picture in enumerate(pictures)
        ]
        if broken is not None:
            files.append(File(Sent(f"{start}-{len(files):02d}-broken", None), broken, None))
        return tuple(files)

    def _upload(self, uploading: "Uploading") -> "Uploaded":
        due_s, sent = self._due_s, [file.sent for file in uploading.files]
        fates = dict.fromkeys((file.name for file in sent), UNKNOWN)
        try:
            answer = self.ask(self._question(uploading), _finished if uploading.counts else None)
            fates |= _fates(answer, sent)
        finally:  # also where locust ends the visit in the middle
            if uploading.counts:
                self._note_fates(sent, fates)
        items = answer.json()["items"] if answer.status in (200, 202) else []
        return Uploaded(uploading, answer, due_s, items)

    def _question(self, uploading: "Uploading") -> Question:
        files = uploading.files
        fields = {"wait": f"{uploading.wait_s:g}", "case_label": self.plan.label}
        if files[0].mpp:
            fields["mpp"] = f"{files[0].mpp:g}"
        named = {"idempotency_key": uploading.key} if uploading.key else {}
        sent = [file.sent for file in files]
        return Question(
            "POST",
            ANALYSES,
            f"{ANALYSES}?nuclei={str(uploading.nuclei).lower()}",
            self.with_key(content_type=multipart.CONTENT_TYPE, **named),
            multipart.form(fields, [(file.sent.name, file.data) for file in files]),
            answers=uploading.answers,
            errors=uploading.errors,
            check=lambda answer: wrong_with_items(answer, sent, self.plan.expectations),
            leaves_after_s=uploading.leaves_after_s,
        )

    def _note_fates(self, sent: Sequence[Sent], fates: Mapping[str, str]) -> None:
        for file in sent:
            self._scene.book.note(Upload(file.name, file.picture or "", fates[file.name]))

    def _note(
        self, endpoint: str, status: int, verdict: Verdict, service_s: float, ended_s: float, images: int
    ) -> None:
        due_s, book = self._due_s, self._scene.book
        latency_s = ended_s - due_s
        request = Request(
            due_s, self._person, endpoint, status, verdict.outcome, latency_s, service_s, images
        )
        book.note(request)
        self._scene.tell(request, verdict.reason)
        if verdict.outcome in (WRONG, FAILED):
            book.note(Trouble(due_s, endpoint, verdict.outcome, verdict.reason))


@dataclass(frozen=True)
class File:
    """A file to send: its name and picture, its bytes, its scale."""

    sent: Sent
    data: bytes
    mpp: float | None


@dataclass(frozen=True)
class Uploading:
    """Files and how they are sent; `counts` is false for a repetition, whose files are counted already."""

    files: tuple[File, ...]
    wait_s: float = 30.0
    nuclei: bool = True
    key: str | None = None
    answers: tuple[int, ...] = (200, 202)
    errors: tuple[int, ...] = ()
    leaves_after_s: float | None = None
    counts: bool = True


@dataclass(frozen=True)
class Uploaded:
    """What came of it: the items, none where it was refused."""

    uploading: Uploading
    answer: Answer
    due_s: float
    items: list[Item]


def picture_of(filename: str) -> str:
    """Return the picture that was sent under this name."""
    return filename.split("-", 3)[-1]


def _finished(answer: Answer) -> int:
    return sum(item["status"] == "succeeded" for item in answer.json()["items"])


def _fates(answer: Answer, sent: Sequence[Sent]) -> dict[str, str]:
    """Tell of each file whether it was taken; an image that failed after it was taken has a record."""
    if answer.status in (200, 202):
        return {item["filename"]: _fate(item) for item in answer.json()["items"]}
    if answer.status == 0:
        return {}
    has_record = b'"/api/v1/analyses/' in answer.body
    return dict.fromkeys((file.name for file in sent), ACCEPTED if has_record else REFUSED)


def _fate(item: Item) -> str:
    return ACCEPTED if "analysis" in item or (item.get("problem") or {}).get("instance") else REFUSED
