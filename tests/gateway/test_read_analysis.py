"""GET /api/v1/analyses/{id}."""

from typing import Any

from tests.gateway.stage import ANALYSES, Stage, body


def test_a_record_comes_with_its_nuclei(live: Stage, scored: dict[str, Any]) -> None:
    record = body(live.alice.get(scored["links"]["self"]))
    assert len(record["nuclei"]) == record["counts"]["total"] == scored["counts"]["total"]
    nucleus = record["nuclei"][0]
    assert nucleus.keys() == {"x", "y", "class", "confidence", "area_um2", "dab_density"}
    assert 0 <= nucleus["x"] <= 256


def test_nuclei_can_be_left_out(live: Stage, scored: dict[str, Any]) -> None:
    assert body(live.alice.get(scored["links"]["self"] + "?nuclei=false"))["nuclei"] is None


def test_an_unchanged_record_is_not_sent_again(live: Stage, scored: dict[str, Any]) -> None:
    etag = live.alice.get(scored["links"]["self"]).headers["ETag"]
    answer = live.alice.get(scored["links"]["self"], {"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer.data == b""


def test_every_link_leads_somewhere(live: Stage, scored: dict[str, Any]) -> None:
    for link in scored["links"].values():
        assert live.alice.get(link).status_code == 200, link


def test_an_analysis_that_is_not_there_is_not_found(down: Stage) -> None:
    answer = down.alice.get(f"{ANALYSES}/0123456789abcdef0123456789abcdef")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
