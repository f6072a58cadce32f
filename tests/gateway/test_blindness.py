"""A blind reviewer gets no trace of the result, whatever route they take, until their opinion is in.

Two proofs over every route of the OpenAPI document, so that a route added later is held to them too: no
answer contains any value of the result, and every answer is the same whatever the result is.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from gateway import keys
from gateway.database import db
from gateway.models import Analysis, Assignment, Correction, Review, Tag
from tests.gateway.opinions_stage import Finding, assigned, join, record, review, upload, user_id
from tests.gateway.stage import ANALYSES, Person, Stage, body

ONE = f"{ANALYSES}/{{analysis_id}}"
BLIND = {"a colleague": "paula", "an outsider": "charlie", "an administrator": "ann"}


@dataclass(frozen=True)
class World:
    """A result, and all that people added to it."""

    finding: Finding
    corrected: tuple[int, int, float, str]
    tag: str
    comment: str
    updated_at: datetime


WARNING = {"code": "blurred", "detail": "The field is mottled."}
THIS = World(
    Finding(13719, 21143, 39.35, "high", 40961, 1, (("warnings", [WARNING]),)),
    (15731, 22229, 41.44, "high"),
    "zebra",
    "umbrageous",
    datetime(2030, 1, 2, 3, 4, 5, 678000, UTC),
)
OTHER = World(
    Finding(2, 198, 1.0, "low", 40962, 2),
    (3, 197, 1.5, "low"),
    "gnu",
    "pale",
    datetime(2031, 1, 1, tzinfo=UTC),
)
TRACES = (
    *(r"\b13719\b", r"\b21143\b", r"\b34862\b", r"39\.35", r"\b40961\b", r"\bhigh\b", r"\bHigh\b"),
    *("zebra", "umbrageous", "mottled", r"2030-01-02T03:04:05", "1893553445678"),
    *(r"\b15731\b", r"\b22229\b", r"41\.44", r"\b2748\b"),
)
"""Counts, total, index, revision, category; tag, comment, warning, last change; corrections; a review's."""
SEEN = TRACES[:6] + TRACES[7:11] + TRACES[-1:]
"""What the owner is shown by the routes that show it."""


def set_world(stage: Stage, analysis_id: str, world: World) -> None:
    record(stage, analysis_id, world.finding, world.updated_at)
    positive, negative, index, category = world.corrected
    with stage.app.app_context():
        for table in (Correction, Tag):
            db.session.execute(delete(table).where(table.analysis_id == analysis_id))
        db.session.execute(delete(Review).where(Review.reviewer_id == user_id(stage, "bob")))
        db.session.add(Tag(analysis_id=analysis_id, name=world.tag))
        db.session.add(
            Correction(
                analysis_id=analysis_id,
                revision=world.finding.revision,
                author_id=user_id(stage, "alice"),
                edits={"removed": [0], "relabelled": [], "added": []},
                immunopositive=positive,
                immunonegative=negative,
                index_percent=index,
                index_interval_percent=[index - 1, index + 1],
                category=category,
                category_certain=False,
            )
        )
        db.session.add(
            Review(
                analysis_id=analysis_id,
                reviewer_id=user_id(stage, "bob"),
                blind=False,
                revision=world.finding.revision,
                immunopositive=2748,
                immunonegative=1000,
                index_percent=index,
                category=category,
                comment=world.comment,
            )
        )
        db.session.commit()


@pytest.fixture
def people(down: Stage) -> dict[str, Person]:
    """The blind reviewers: Clinic's Paula and administrator Ann, Charlie from elsewhere."""
    paula = join(down, "paula", "Clinic", "pathologist")
    charlie = join(down, "charlie", "Elsewhere", "administrator")
    return {"paula": paula, "charlie": charlie, "ann": down.ann}


@pytest.fixture
def own(down: Stage, field: bytes, people: dict[str, Person]) -> str:
    """Alice's scored record, to be judged blind by all three."""
    analysis_id = upload(down.alice, field)
    set_world(down, analysis_id, THIS)
    for name in people:
        assigned(down.alice, analysis_id, f"{name}@example.org")
    return analysis_id


def paths(stage: Stage) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = body(stage.app.test_client().get("/api/v1/openapi.json"))["paths"]
    return found


def places(stage: Stage, analysis_id: str, name: str) -> dict[str, str]:
    """Return what stands for the parameters of a path; whatever else there is, the record's id."""
    with stage.app.app_context():
        analysis = db.session.get_one(Analysis, analysis_id)
        mine = Assignment.assignee_id == user_id(stage, name)
        return {
            "analysis_id": analysis_id,
            "organisation_id": analysis.organisation_id,
            "user_id": analysis.owner_id,
            "assignment_id": db.session.scalars(select(Assignment.id).where(mine)).first() or analysis_id,
            "review_id": db.session.scalars(select(Review.id)).first() or analysis_id,
        }


def filled(path: str, values: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: values.get(found[1], values["analysis_id"]), path)


def choices(schema: Any) -> Iterator[str]:
    """Return the values that a parameter's schema lists."""
    if isinstance(schema, dict):
        yield from map(str, schema.get("enum", []))
        for part in schema.values():
            yield from choices(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from choices(part)


GUESSES = ("high", "low", "zebra", "gnu", "39.35", "40961", "2029-06-01", "2030-06-01", "true", "umbrageous")


def guesses(operation: dict[str, Any]) -> Iterator[str]:
    """Return query strings that ask a list for what the result might be."""
    yield ""
    for parameter in operation["parameters"]:
        if parameter["in"] == "query" and parameter["name"] not in {"limit", "cursor"}:
            for value in {*GUESSES, *choices(parameter["schema"])}:
                yield f"?{parameter['name']}={value}"


def unpacked(data: bytes) -> bytes:
    """Return a ZIP file's names and contents, for anything else the bytes."""
    if not data.startswith(b"PK\x03\x04"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in archive.namelist())


def told(answer: TestResponse) -> str:
    """Return all that an answer tells, but not which request it belongs to."""
    passing = {"date", "x-request-id"}
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name.lower() not in passing)
    content = unpacked(answer.data).decode("latin-1")
    whole = f"{answer.status}\n{headers}\n\n{content}"
    return re.sub(r'"request_id": ?"[^"]*"', "", whole)


Answers = dict[tuple[str, str, str, str], str]
"""What was told, by path, query, method and conditions."""


def owner_tags(stage: Stage, values: Mapping[str, str]) -> dict[str, str]:
    """Return the entity tag that Alice gets at every path."""
    places = (filled(path, values) for path, operations in paths(stage).items() if "get" in operations)
    return {place: stage.alice.get(place).headers.get("ETag", '"none"') for place in places}


def walk(
    stage: Stage,
    person: Person,
    values: Mapping[str, str],
    asked: Callable[[dict[str, Any]], Iterator[str]],
    tags: Mapping[str, str] | None = None,
) -> Answers:
    """Ask every GET route; without a query also for its head, and with the entity tags that the owner got."""
    found: Answers = {}
    tags = tags or owner_tags(stage, values)
    for path, operations in paths(stage).items():
        for query in asked(operations["get"]) if "get" in operations else ():
            place = filled(path, values)
            found[path, query, "GET", ""] = told(person.get(place + query))
            if not query:
                for how, headers in conditions(tags[place]).items():
                    found[path, query, "GET", how] = told(person.get(place, headers))
                found[path, query, "HEAD", ""] = told(person.client.head(place, headers=person.headers))
    return found


def conditions(tag: str) -> dict[str, dict[str, str]]:
    """Return headers that make an answer depend on the entity tag, by a word for each."""
    return {
        "match": {"If-Match": tag},
        "none match": {"If-None-Match": tag},
        "none match any": {"If-None-Match": "*"},
    }


def plainly(_operation: dict[str, Any]) -> Iterator[str]:
    yield ""


def traces(answers: Answers) -> set[tuple[str, ...]]:
    return {(*key, each) for key, text in answers.items() for each in TRACES if re.search(each, text)}


@pytest.mark.parametrize("who", BLIND)
def test_no_answer_contains_a_value_of_the_result(
    down: Stage, people: dict[str, Person], own: str, who: str
) -> None:
    name = BLIND[who]
    answers = walk(down, people[name], places(down, own, name), plainly)
    assert {path for path, *_ in answers} == {path for path in paths(down) if "get" in paths(down)[path]}
    assert traces(answers) == set()


def test_the_owner_is_told_all_of_it(down: Stage, own: str) -> None:
    """Or the test above could not fail."""
    answers = "\n".join(walk(down, down.alice, places(down, own, "paula"), plainly).values())
    assert [each for each in SEEN if not re.search(each, answers)] == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", BLIND)
def test_every_answer_is_the_same_whatever_the_result(
    down: Stage, people: dict[str, Person], own: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else stands still meanwhile, also the minute in which a key was last used."""
    monkeypatch.setattr(keys, "_LAST_USED_EVERY", timedelta(days=1))
    name = BLIND[who]
    if down.services.settings.database.startswith("postgresql") and who != "an outsider":
        pytest.skip("many requests each: on the second database one of the three asks them")
    values = places(down, own, name)
    tags = owner_tags(down, values)

    def ask() -> Answers:
        return walk(down, people[name], values, guesses, tags)

    first, again = ask(), ask()
    steady = {key for key, text in first.items() if again[key] == text}
    assert {key[0] for key in first.keys() - steady if key[0].startswith(ONE)} == set()
    set_world(down, own, OTHER)
    now = ask()
    assert {key for key in steady if now[key] != again[key]} == set()


def test_the_owner_is_told_another_result(down: Stage, own: str) -> None:
    """Or the test above could not fail."""
    values = places(down, own, "paula")
    first = walk(down, down.alice, values, plainly)
    set_world(down, own, OTHER)
    now = walk(down, down.alice, values, plainly)
    differing = {key[0] for key in first if now[key] != first[key]}
    parts = ("", "/mask.png", "/nuclei.csv", "/reviews", "/agreement")
    assert {ANALYSES, *(f"{ONE}{part}" for part in parts)} <= differing


BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"save": False},
    {"probability": 0.6, "save": False},
    {"save": True},
)


@pytest.mark.parametrize("who", BLIND)
def test_nothing_that_changes_a_record_tells_of_it(
    down: Stage, people: dict[str, Person], own: str, who: str
) -> None:
    name = BLIND[who]
    values, found = places(down, own, name), {}
    tag = down.alice.get(f"{ANALYSES}/{own}").headers["ETag"]
    for path, operations in paths(down).items():
        for method in operations.keys() & {"post", "put", "patch", "delete"}:
            if not path.startswith(ONE) or (path, method) == (ONE, "delete"):
                continue
            for sent in ({}, {"If-Match": "*"}, {"If-Match": tag}, {"If-Match": '"wrong"'}):
                for given in BODIES:
                    answer = people[name].client.open(
                        filled(path, values), method=method, headers=people[name].headers | sent, json=given
                    )
                    found[path, str(given), method, str(sent)] = told(answer)
    assert traces(found) == set()


@pytest.mark.parametrize("who", BLIND)
def test_scoring_again_without_saving_is_refused(
    down: Stage, people: dict[str, Person], own: str, who: str
) -> None:
    answer = people[BLIND[who]].post(f"{ANALYSES}/{own}/rescore", json={"save": False})
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/blind-review")


@pytest.mark.parametrize("who", BLIND)
def test_once_the_opinion_is_in_all_of_it_is_shown(
    down: Stage, people: dict[str, Person], own: str, who: str
) -> None:
    name = BLIND[who]
    given = review(people[name], own, immunopositive=1, immunonegative=9)
    assert given.status_code == 201
    assert body(given)["comparison"]["index_percent"] == THIS.finding.index_percent
    answers = "\n".join(walk(down, people[name], places(down, own, name), plainly).values())
    assert [each for each in SEEN if not re.search(each, answers)] == []
    listed = body(people[name].get(f"{ANALYSES}?category=high"))["items"]
    assert [item["id"] for item in listed] == [own]


def test_one_persons_opinion_does_not_open_it_to_another(
    down: Stage, people: dict[str, Person], own: str
) -> None:
    assert review(people["paula"], own, category="low").status_code == 201
    for name in ("charlie", "ann"):
        assert traces(walk(down, people[name], places(down, own, name), plainly)) == set()


@pytest.mark.parametrize("who", BLIND)
def test_a_blind_reviewer_sees_the_image_and_that_it_is_blinded(
    down: Stage, people: dict[str, Person], own: str, who: str
) -> None:
    person = people[BLIND[who]]
    shown = body(person.get(f"{ANALYSES}/{own}"))
    assert (shown["blinded"], shown["tags"], shown["counts"]) == (True, [], None)
    assert shown["updated_at"] == shown["created_at"]
    assert set(shown["links"]) == {"self", "image"}
    assert person.get(shown["links"]["image"]).status_code == 200


def test_a_second_blind_assignment_hides_it_again(down: Stage, people: dict[str, Person], own: str) -> None:
    assert review(people["paula"], own, category="low").status_code == 201
    assigned(down.alice, own, "paula@example.org")
    assert traces(walk(down, people["paula"], places(down, own, "paula"), plainly)) == set()
