"""Corrections by hand: a layer of its own, never over one another, hidden from who judges blind."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import db
from gateway.models import AuditEvent
from handler.scoring import score_counts
from tests.gateway.records import assign, upload
from tests.gateway.stage import ANALYSES, Stage, body

FIRST = {"If-None-Match": "*"}


@pytest.fixture
def own(live: Stage, field: bytes) -> dict[str, Any]:
    """An analysis that a test may change."""
    answer = live.alice.upload([("own.png", field)], mpp="0.5", wait="240")
    analysis: dict[str, Any] = body(answer)["items"][0]["analysis"]
    return analysis


def corrections(own: dict[str, Any]) -> str:
    return f"{own['links']['self']}/corrections"


def edits(own: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Remove the first nucleus, turn the second round, add one."""
    other = "immunopositive" if own["nuclei"][1]["class"] == "immunonegative" else "immunonegative"
    changed: dict[str, Any] = {
        "revision": own["revision"],
        "removed": [0],
        "relabelled": [{"nucleus": 1, "class": other}],
        "added": [{"x": 12.5, "y": 8.0, "class": "immunopositive"}],
    }
    return changed | more


def corrected_counts(own: dict[str, Any]) -> tuple[int, int]:
    positive = sum(nucleus["class"] == "immunopositive" for nucleus in own["nuclei"][2:])
    positive += own["nuclei"][1]["class"] == "immunonegative"
    return positive + 1, len(own["nuclei"]) - positive - 1


def test_the_layer_has_a_score_of_its_own(live: Stage, own: dict[str, Any]) -> None:
    saved = live.alice.put(corrections(own), FIRST, json=edits(own))
    assert saved.status_code == 200, saved.text
    layer, (positive, negative) = body(saved), corrected_counts(own)
    expected = score_counts(positive, negative, (10, 20))
    assert layer["counts"] == {
        "immunopositive": positive,
        "immunonegative": negative,
        "total": positive + negative,
    }
    assert layer["index_percent"] == round(expected.index_percent or 0, 2)
    assert layer["category"] == expected.category
    assert (layer["revision"], layer["version"], layer["stale"]) == (1, 1, False)
    read = live.alice.get(corrections(own))
    assert body(read) == layer
    assert read.headers["ETag"] == saved.headers["ETag"]
    assert body(read)["edits"] == {name: edits(own)[name] for name in ("removed", "relabelled", "added")}


def test_the_models_result_stays(live: Stage, own: dict[str, Any]) -> None:
    path = own["links"]["self"]
    before = live.alice.get(path)
    layer = body(live.alice.put(corrections(own), FIRST, json=edits(own)))
    after = live.alice.get(path)
    assert after.headers["ETag"] != before.headers["ETag"]
    shown = body(after)
    assert shown["correction"] == {name: value for name, value in layer.items() if name != "edits"}
    assert shown["links"]["corrections"] == corrections(own)
    for name in ("counts", "index_percent", "category", "nuclei", "revision"):
        assert shown[name] == body(before)[name]


def test_the_first_save_says_that_there_is_none_and_later_ones_which(
    live: Stage, own: dict[str, Any]
) -> None:
    path = corrections(own)
    assert live.alice.put(path, json=edits(own)).status_code == 428
    assert live.alice.put(path, {"If-Match": '"any"'}, json=edits(own)).status_code == 412
    first = live.alice.put(path, FIRST, json=edits(own))
    assert live.alice.put(path, FIRST, json=edits(own)).status_code == 412
    second = live.alice.put(path, {"If-Match": first.headers["ETag"]}, json=edits(own, removed=[]))
    assert (second.status_code, body(second)["version"]) == (200, 2)


def test_two_people_never_overwrite_each_other(live: Stage, own: dict[str, Any]) -> None:
    path = corrections(own)
    seen = {"If-Match": live.alice.put(path, FIRST, json=edits(own)).headers["ETag"]}
    assert live.ann.put(path, seen, json=edits(own, added=[])).status_code == 200
    late = live.alice.put(path, seen, json=edits(own))
    assert (late.status_code, body(late)["type"]) == (412, "/problems/precondition-failed")
    assert body(live.alice.get(path))["edits"]["added"] == []
    assert live.alice.delete(path, seen).status_code == 412


def test_a_deleted_layer_made_again_is_another_one(live: Stage, own: dict[str, Any]) -> None:
    path = corrections(own)
    seen = {"If-Match": live.alice.put(path, FIRST, json=edits(own)).headers["ETag"]}
    assert live.alice.delete(path).status_code == 428
    assert live.alice.delete(path, seen).status_code == 204
    assert live.alice.get(path).status_code == 404
    assert body(live.alice.get(own["links"]["self"]))["correction"] is None
    assert live.alice.put(path, FIRST, json=edits(own)).status_code == 200
    assert live.alice.put(path, seen, json=edits(own)).status_code == 412


def test_a_rescored_analysis_shows_its_correction_as_stale(live: Stage, own: dict[str, Any]) -> None:
    path = corrections(own)
    seen = {"If-Match": live.alice.put(path, FIRST, json=edits(own)).headers["ETag"]}
    rescored = body(live.alice.post(f"{own['links']['self']}/rescore", json={"min_area_um2": 20}))
    assert (rescored["correction"]["stale"], rescored["correction"]["revision"]) == (True, 1)
    assert live.alice.put(path, seen, json=edits(own)).status_code == 412
    assert live.alice.put(path, FIRST, json=edits(own, revision=2)).status_code == 412
    fresh = live.alice.put(path, seen, json={"revision": 2})
    assert (body(fresh)["revision"], body(fresh)["stale"], body(fresh)["version"]) == (2, False, 1)
    assert body(fresh)["counts"] == rescored["counts"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"removed": [100_000]}, "removed"),
        ({"removed": [3, 3]}, "removed"),
        ({"removed": [1]}, "removed"),
        ({"relabelled": [{"nucleus": 100_000, "class": "immunopositive"}]}, "relabelled"),
        ({"added": [{"x": 256, "y": 1, "class": "immunopositive"}]}, "added"),
        ({"added": [{"x": 1, "y": -1, "class": "immunopositive"}]}, "added"),
        ({"added": [{"x": 1, "y": 1, "class": "background"}]}, "added"),
        ({"removed": [-1]}, "removed"),
        ({"wrong": []}, "wrong"),
    ],
)
def test_edits_that_do_not_fit_are_named(
    live: Stage, scored: dict[str, Any], changed: dict[str, Any], named: str
) -> None:
    scored = body(live.alice.get(scored["links"]["self"]))
    answer = live.alice.put(corrections(scored), FIRST, json=edits(scored, **changed))
    assert answer.status_code == 422
    assert named in body(answer)["errors"][0]["pointer"]
    assert live.alice.get(corrections(scored)).status_code == 404


def test_all_nuclei_may_go(live: Stage, own: dict[str, Any]) -> None:
    everything = list(range(len(own["nuclei"])))
    layer = body(live.alice.put(corrections(own), FIRST, json={"revision": 1, "removed": everything}))
    assert (layer["counts"]["total"], layer["index_percent"], layer["category"]) == (0, None, None)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_others_do_not_find_it(live: Stage, own: dict[str, Any], who: str) -> None:
    etag = live.alice.put(corrections(own), FIRST, json=edits(own)).headers["ETag"]
    person, seen = live.people[who], {"If-Match": etag}
    assert person.get(corrections(own)).status_code == 404
    assert person.put(corrections(own), seen, json=edits(own)).status_code == 404
    assert person.delete(corrections(own), seen).status_code == 404


def test_who_was_shown_it_openly_reads_but_does_not_correct(live: Stage, own: dict[str, Any]) -> None:
    live.alice.put(corrections(own), FIRST, json=edits(own))
    assign(live, own["id"], "charlie", blind=False)
    read = live.charlie.get(corrections(own))
    assert read.status_code == 200
    answer = live.charlie.put(corrections(own), {"If-Match": read.headers["ETag"]}, json=edits(own))
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/not-yours-to-change")


@pytest.mark.parametrize("who", ["bob", "charlie", "ann"])
def test_a_blind_reviewer_gets_no_trace_of_it(live: Stage, own: dict[str, Any], who: str) -> None:
    live.alice.put(corrections(own), FIRST, json=edits(own))
    assign(live, own["id"], who)
    person = live.people[who]
    shown = body(person.get(own["links"]["self"]))
    assert shown["correction"] is None
    assert set(shown["links"]) == {"self", "image"}
    assert person.get(corrections(own)).status_code == 403
    for part in ("nuclei.csv", "nuclei.geojson", "rois.zip", "labels.ome.tiff", "overlay.png"):
        answer = person.get(f"{own['links']['self']}/{part}?layer=corrected")
        assert (answer.status_code, body(answer)["type"]) == (403, "/problems/blind-review")


def test_a_blind_reviewer_is_refused_alike_with_a_correction_and_without(
    live: Stage, own: dict[str, Any]
) -> None:
    assign(live, own["id"], "ann")
    before = live.ann.put(corrections(own), FIRST, json=edits(own))
    live.alice.put(corrections(own), FIRST, json=edits(own))
    after = live.ann.put(corrections(own), FIRST, json=edits(own))
    told = [{**body(answer), "request_id": None} for answer in (before, after)]
    assert told[0] == told[1]
    assert before.status_code == after.status_code == 403


def test_what_is_not_scored_cannot_be_corrected(down: Stage, field: bytes) -> None:
    path = f"{ANALYSES}/{upload(down, field)}/corrections"
    assert down.alice.put(path, FIRST, json={"revision": 1}).status_code == 409
    assert down.alice.get(path).status_code == 404


def test_the_audit_trail_knows_who_corrected(live: Stage, own: dict[str, Any]) -> None:
    etag = live.ann.put(corrections(own), FIRST, json=edits(own)).headers["ETag"]
    live.alice.delete(corrections(own), {"If-Match": etag})
    with live.app.app_context():
        mine = select(AuditEvent).where(AuditEvent.object_id == own["id"]).order_by(AuditEvent.at)
        events = [event for event in db.session.scalars(mine) if event.action.startswith("correction.")]
        assert [event.action for event in events] == ["correction.saved", "correction.deleted"]
        assert events[0].actor_id != events[1].actor_id
        assert events[0].details == {"revision": 1, "version": 1}
