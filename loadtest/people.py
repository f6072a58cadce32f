"""Who uses the service, and how: each a function of a visit, which ends early where it was refused."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from loadtest.checks import Question
from loadtest.contract import Answer
from loadtest.expected import wrong_with_layer
from loadtest.pictures import CROP, FIELD, PHOTO
from loadtest.visit import ANALYSES, ANALYSIS, Item, Visit, picture_of

BATCH = 20
LAYERS = ("mask.png", "overlay.png")
ASSIGNMENTS = "/api/v1/assignments"
JSON = "application/json"

Person = Callable[[Visit], None]


def phone(visit: Visit) -> None:
    """Take one photo, look at the result, its mask and its overlay, save it; ask a colleague now and then."""
    for item in visit.follow(visit.upload(*visit.pick(PHOTO))):
        if item["status"] != "succeeded":
            return
        visit.think(1, 3)
        analysis_id, picture = item["analysis"]["id"], picture_of(item["filename"])
        record = visit.get(ANALYSIS, analysis_id, check=visit.checked_record(picture))
        for layer in LAYERS:
            _look_at(visit, record, analysis_id, layer, picture)
        visit.think(1, 3)
        _save(visit, record, analysis_id)
        if visit.plan.reviewer and visit.chance.random() < 1 / 3:
            _ask_colleague(visit, analysis_id, visit.plan.reviewer.email)


def batch(visit: Visit) -> None:
    """Send twenty fields at once, now and then with a broken file among them, and wait for all of them."""
    broken = visit.chance.choice(visit.plan.broken) if visit.chance.random() < 1 / 2 else None
    visit.follow(visit.upload(*visit.pick(FIELD, BATCH), broken=broken, wait_s=60, nuclei=False))


def integrator(visit: Visit) -> None:
    """Send a crop as a program does, which reads JSON only."""
    visit.follow(visit.upload(*visit.pick(CROP), nuclei=False))


def reviewer(visit: Visit) -> None:
    """Look into the inbox, read a record that waits there, or another one, and judge it."""
    key = visit.plan.reviewer.key if visit.plan.reviewer else visit.plan.key
    headers = {"Authorization": f"Bearer {key}"}
    inbox = visit.get(ASSIGNMENTS, query="?status=requested,accepted", headers=headers)
    asked = [each["analysis_id"] for each in _items(inbox)]
    listed = visit.get(
        ANALYSES, query=f"?status=succeeded&case_label={_quoted(visit.plan.label)}", headers=headers
    )
    found = asked or [each["id"] for each in _items(listed)]
    if not found:
        return
    analysis_id = visit.chance.choice(found)
    record = visit.get(
        ANALYSIS, analysis_id, headers=headers, check=lambda answer: _wrong_when_read(visit, answer)
    )
    if record.status == 200:
        visit.think(2, 5)
        _judge(visit, analysis_id, headers)


def operator(visit: Visit) -> None:
    """See whether all is well: health, versions, metrics."""
    visit.get("/healthz")
    visit.get("/readyz")
    visit.get("/api/v1/models", check=_wrong_with_versions)
    visit.get("/metrics", check=lambda answer: None if b"# HELP " in answer.body else "no metrics")


def rude(visit: Visit) -> None:
    """Do one of the things that a service has to bear."""
    visit.chance.choice((_send_nonsense, _guess_a_key, _stutter, _leave))(visit)


def direct(visit: Visit) -> None:
    """Ask TorchServe itself: the image as the body."""
    (picture,) = visit.pick(CROP)
    scale = {"X-Ki67-Mpp": f"{picture.mpp:g}"} if picture.mpp else {}
    headers = visit.with_key(accept=JSON, content_type="application/octet-stream") | scale
    check = visit.checked_answer(picture.name)
    question = Question(
        "POST", visit.plan.model_path, visit.plan.model_path, headers, picture.data, check=check
    )
    visit.ask(question, lambda _answer: 1)


PEOPLE: Mapping[str, Person] = {
    person.__name__: person for person in (phone, batch, integrator, reviewer, operator, rude, direct)
}


def _look_at(visit: Visit, record: Answer, analysis_id: str, layer: str, picture: str) -> None:
    version = record.json()["model"]["version"] if record.status == 200 else ""
    expected = visit.plan.expectations.get((picture, version))
    visit.get(
        f"{ANALYSIS}/{layer}",
        analysis_id,
        check=lambda answer: wrong_with_layer(layer, answer.body, expected) if expected else None,
    )


def _save(visit: Visit, record: Answer, analysis_id: str) -> None:
    if record.status == 200:
        headers = visit.with_key(content_type=JSON, if_match=record.headers["etag"])
        body = _json({"tags": ["seen"]})
        visit.ask(
            Question("PATCH", ANALYSIS, f"{ANALYSES}/{analysis_id}", headers, body, check=_wrong_when_saved)
        )


def _wrong_when_saved(answer: Answer) -> str | None:
    tags = answer.json()["tags"]
    return None if tags == ["seen"] else f"the tags are {tags}"


def _ask_colleague(visit: Visit, analysis_id: str, email: str) -> None:
    path, headers = f"{ANALYSES}/{analysis_id}/assignments", visit.with_key(content_type=JSON)
    visit.ask(
        Question("POST", f"{ANALYSIS}/assignments", path, headers, _json({"email": email}), answers=(201,))
    )


def _judge(visit: Visit, analysis_id: str, headers: dict[str, str]) -> None:
    """Give an opinion; a colleague with the same key may have been faster."""
    opinion = {"immunopositive": visit.chance.randrange(100), "immunonegative": visit.chance.randrange(100)}
    visit.ask(
        Question(
            "POST",
            f"{ANALYSIS}/reviews",
            f"{ANALYSES}/{analysis_id}/reviews",
            headers | {"Content-Type": JSON},
            _json(opinion),
            answers=(201,),
            errors=(409,),
            check=lambda answer: _wrong_with_review(answer, opinion),
        )
    )


def _wrong_with_review(answer: Answer, opinion: Mapping[str, int]) -> str | None:
    kept = {name: answer.json()[name] for name in opinion}
    return None if kept == opinion else f"kept {kept} in place of {dict(opinion)}"


def _wrong_when_read(visit: Visit, answer: Answer) -> str | None:
    """Check a record by its file's name; a blind reviewer must see no result."""
    document = answer.json()
    if document["blinded"]:
        return "a blind reviewer is shown the result" if document["counts"] else None
    return visit.checked_record(picture_of(document["filename"]))(answer)


def _wrong_with_versions(answer: Answer) -> str | None:
    defaults = [each["version"] for each in answer.json()["items"] if each["is_default"]]
    return None if len(defaults) == 1 else f"the default versions are {defaults}"


def _send_nonsense(visit: Visit) -> None:
    visit.upload(broken=visit.chance.choice(visit.plan.broken), answers=(), errors=(413, 415, 422))


def _guess_a_key(visit: Visit) -> None:
    guessed = {"Authorization": f"Bearer ki67_{'0' * 12}_{'x' * 43}"}
    visit.get(ANALYSES, headers=guessed, answers=(), errors=(401,))


def _stutter(visit: Visit) -> None:
    """Send the same twice under one key, which makes one record; then something else, which is refused."""
    key = f"{visit.plan.label} {visit.chance.random()}"
    first = visit.upload(*visit.pick(CROP), key=key, nuclei=False)
    if first.answer.status not in (200, 202):
        return
    again = visit.repeat(first.uploading, counts=False)
    visit.expect_same(first, again)
    visit.upload(*visit.pick(CROP), key=key, answers=(), errors=(422,))


def _leave(visit: Visit) -> None:
    """Send a photo and leave in the middle: it may be kept or not, but not twice."""
    visit.upload(*visit.pick(PHOTO), leaves_after_s=visit.chance.uniform(0.05, 1.0))


def _items(answer: Answer) -> list[Item]:
    found: list[Item] = answer.json()["items"] if answer.status == 200 else []
    return found


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _quoted(text: str) -> str:
    return text.replace(" ", "%20")
