"""Who sees Alice's records: she and administrator Ann, not colleague Bob, not outsider Charlie."""

from typing import Any

import pytest

from tests.gateway.stage import ANALYSES, Stage, add_person, body

NUCLEI = ("/nuclei.geojson", "/nuclei.csv", "/rois.zip", "/labels.ome.tiff")
PARTS = ("", "/image", "/mask.png", "/heatmap.png", "/overlay.png", *NUCLEI)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_do_not_find_it(live: Stage, scored: dict[str, Any], name: str, part: str) -> None:
    assert live.people[name].get(scored["links"]["self"] + part).status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_an_administrator_of_the_organisation_does(live: Stage, scored: dict[str, Any], part: str) -> None:
    assert live.ann.get(scored["links"]["self"] + part).status_code == 200


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_cannot_change_it(live: Stage, scored: dict[str, Any], name: str) -> None:
    path = scored["links"]["self"]
    assert live.people[name].post(f"{path}/rescore", json={}).status_code == 404
    assert live.people[name].delete(path).status_code == 404
    assert live.alice.get(path).status_code == 200


def test_lists_hold_only_what_one_may_see(down: Stage, field: bytes) -> None:
    for name in ("alice", "bob", "charlie"):
        down.people[name].upload([(f"{name}.png", field)], wait="0")
    seen = {
        name: {item["filename"] for item in body(person.get(ANALYSES))["items"]}
        for name, person in down.people.items()
    }
    assert seen == {
        "alice": {"alice.png"},
        "bob": {"bob.png"},
        "ann": {"alice.png", "bob.png"},
        "charlie": {"charlie.png"},
    }


def test_an_idempotency_key_is_its_users_own(down: Stage, field: bytes) -> None:
    key = {"Idempotency-Key": "the same"}
    mine = body(down.alice.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]["id"]
    theirs = body(down.bob.upload([("a.png", field)], key, wait="0"))["items"][0]["analysis"]["id"]
    assert mine != theirs


def test_a_key_for_reading_cannot_write(down: Stage, field: bytes) -> None:
    with down.app.app_context():
        key = add_person("reader", "Clinic", "analyst", ("analyses:read",))
    reader = type(down.alice)(down.app.test_client(), key)
    assert reader.get(ANALYSES).status_code == 200
    answer = reader.upload([("a.png", field)])
    assert answer.status_code == 403
    assert body(answer)["type"] == "/problems/insufficient-scope"
