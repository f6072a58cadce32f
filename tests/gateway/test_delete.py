"""DELETE /api/v1/analyses/{id}: nothing stays behind."""

from tests.gateway.stage import Stage, body


def test_record_and_objects_are_gone(down: Stage, field: bytes) -> None:
    kept, deleted = (
        body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"] for _ in range(2)
    )
    answer = down.alice.delete(deleted["links"]["self"])
    assert (answer.status_code, answer.data) == (204, b"")
    assert down.alice.get(deleted["links"]["self"]).status_code == 404
    assert down.alice.delete(deleted["links"]["self"]).status_code == 404
    folder = down.services.settings.objects_folder / "analyses"
    assert [path.name for path in folder.iterdir()] == [kept["id"]]
    assert down.alice.get(kept["links"]["image"]).status_code == 200


def test_what_is_deleted_before_it_is_scored_stays_deleted(down: Stage, field: bytes) -> None:
    analysis = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]
    down.alice.delete(analysis["links"]["self"])
    down.services.pool.score([analysis["id"]], 10)
    assert down.alice.get(analysis["links"]["self"]).status_code == 404
