"""How much a request asks of the database: a few statements, however many records it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from gateway.database import db, now
from gateway.models import Organisation
from tests.gateway.records import give_result, label, upload
from tests.gateway.stage import ANALYSES, Stage


@contextmanager
def statements(stage: Stage) -> Iterator[list[str]]:
    """Collect what the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "model_routes" in statement:  # read once a second, whoever asks
            return
        asked.append(statement)

    with stage.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_one_record_takes_two_statements(down: Stage, field: bytes) -> None:
    own = upload(down, field)
    give_result(down, own)
    label(down, own, tags=["breast", "resection"])
    with statements(down) as asked:
        shown = down.alice.get(f"{ANALYSES}/{own}?nuclei=false").get_json()
    assert shown["tags"] == ["breast", "resection"]
    assert len(asked) == 2, asked


def test_a_note_of_it_takes_one_more(down: Stage, field: bytes) -> None:
    own = upload(down, field)
    down.ann.get(f"{ANALYSES}/{own}")
    with statements(down) as asked:
        assert down.ann.get(f"{ANALYSES}/{own}").status_code == 200
    assert len(asked) == 3, asked


def test_a_list_takes_four_however_long_it_is(down: Stage, field: bytes) -> None:
    for number in range(4):
        label(down, upload(down, field), tags=[f"tag-{number}"])
    with statements(down) as asked:
        items = down.alice.get(ANALYSES).get_json()["items"]
    assert [each["tags"] for each in items] == [[f"tag-{number}"] for number in (3, 2, 1, 0)]
    assert len(asked) == 4, asked


def test_many_images_in_one_post_take_as_many_as_one(down: Stage, field: bytes) -> None:
    upload(down, field)
    taken = {}
    for count in (2, 3):
        with statements(down) as asked:
            down.alice.upload([(f"{number}.png", field) for number in range(count)], wait="0", tags="a,b")
        taken[count] = [each.partition(" ")[0] for each in asked]
    assert taken[2] == taken[3]


def test_a_moment_is_the_same_in_every_zone(down: Stage) -> None:
    with down.app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET TIME ZONE 'Asia/Tokyo'"))
        row = Organisation(name="Far away", created_at=now())
        db.session.add(row)
        db.session.flush()
        before = row.created_at
        db.session.refresh(row)
        assert row.created_at == before
        assert row.created_at.utcoffset() == before.utcoffset()
