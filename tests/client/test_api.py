"""The client against a real HTTP server whose answers are prepared: retries, bounds, problems."""

from collections.abc import Iterator

import pytest

from client.api import ApiError, Ki67Client, Patience, Upload
from tests.client.answering import Answer, Answering, answering

KEY = "secret-key"
RECORD = {"id": "a1", "status": "succeeded", "index_percent": 20.0, "new_field": "kept"}
BUSY = Answer(503, {"title": "Busy", "status": 503}, {"Retry-After": "7"})


class Pauses(list[float]):
    """Stands in for sleeping: what would be waited is written down."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def client_of(server: Answering, pauses: Pauses, patience: Patience | None = None) -> Ki67Client:
    return Ki67Client(server.url, KEY, patience or Patience(attempts=3), pauses)


def test_a_record_comes_as_a_type_and_keeps_what_is_new(pauses: Pauses) -> None:
    with answering(Answer(body=RECORD)) as server, client_of(server, pauses) as client:
        analysis = client.analysis("a1", nuclei=False)
    assert analysis.index_percent == 20.0
    assert analysis.to_json() == RECORD
    assert server.asked[0].path == "/api/v1/analyses/a1?nuclei=false"
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [409, 429, 503])
def test_a_busy_gateway_is_asked_again_after_the_pause_it_names(status: int, pauses: Pauses) -> None:
    busy = Answer(status, {}, {"Retry-After": "7"})
    with answering(busy, Answer(body=RECORD)) as server, client_of(server, pauses) as client:
        assert client.analysis("a1").id == "a1"
    assert pauses == [7.0]


def test_the_pause_is_bounded_whatever_the_gateway_names(pauses: Pauses) -> None:
    hours = Answer(503, {}, {"Retry-After": "86400"})
    with answering(hours, Answer(body=RECORD)) as server, client_of(server, pauses) as client:
        client.analysis("a1")
    assert pauses == [Patience().longest_pause_s]


@pytest.mark.parametrize("odd", ["soon", "-5", "Wed, 21 Oct 2026 07:28:00 GMT", "٣x"])
def test_a_pause_that_cannot_be_read_is_ours_to_choose(odd: str) -> None:
    assert Patience(first_pause_s=0.5).pause_s(2, odd) == 1.0


def test_pauses_grow_up_to_their_bound() -> None:
    patience = Patience(first_pause_s=0.5, longest_pause_s=3.0)
    assert [patience.pause_s(attempt, None) for attempt in range(1, 6)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_the_last_refusal_is_the_answer(pauses: Pauses) -> None:
    with answering(BUSY) as server, client_of(server, pauses) as client, pytest.raises(ApiError) as error:
        client.analysis("a1")
    assert error.value.problem.title == "Busy"
    assert len(server.asked) == 3
    assert pauses == [7.0, 7.0]


def test_a_refusal_that_time_does_not_mend_is_not_asked_again(pauses: Pauses) -> None:
    problem = {"title": "No such record", "status": 404, "detail": "a1"}
    with answering(Answer(404, problem)) as server, client_of(server, pauses) as client:
        with pytest.raises(ApiError, match="No such record: a1"):
            client.analysis("a1")
        assert len(server.asked) == 1


def test_a_post_that_is_cut_off_is_sent_again_whole_under_the_same_key(pauses: Pauses) -> None:
    items = {"items": [{"index": 0, "analysis": RECORD}]}
    with answering(Answer(body=None), Answer(body=items)) as server, client_of(server, pauses) as client:
        answered = client.analyse([Upload("field.png", b"bytes of the image")], {"mpp": "0.25"})
    assert answered[0].analysis is not None
    first, second = server.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    for request in (first, second):
        assert b"bytes of the image" in request.body
        assert b'name="mpp"' in request.body


def test_two_posts_have_two_keys(pauses: Pauses) -> None:
    with answering(Answer(body={"items": []})) as server, client_of(server, pauses) as client:
        client.analyse([Upload("a.png", b"1")])
        client.analyse([Upload("a.png", b"1")])
    assert len({request.headers["Idempotency-Key"] for request in server.asked}) == 2


def test_items_come_in_the_order_of_the_images(pauses: Pauses) -> None:
    items = [{"index": 1, "problem": {"title": "Empty"}}, {"index": 0, "analysis": RECORD}]
    with answering(Answer(body={"items": items})) as server, client_of(server, pauses) as client:
        answered = client.analyse([Upload("a.png", b"1"), Upload("b.png", b"")])
    assert [item.index for item in answered] == [0, 1]


def test_no_gateway_is_a_problem_that_names_the_address(pauses: Pauses) -> None:
    with answering() as server:
        address = server.url
    with Ki67Client(address, KEY, Patience(attempts=2), pauses) as client:
        assert not client.is_reachable()
        with pytest.raises(ApiError, match=f"No answer from the gateway: {address}"):
            client.analysis("a1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"id": 3}'])
def test_another_program_at_the_address_is_recognised(body: bytes, pauses: Pauses) -> None:
    wrong = pytest.raises(ApiError, match="Not the answer of a Ki-67 gateway")
    with answering(Answer(body=body)) as server, client_of(server, pauses) as client, wrong:
        client.analysis("a1")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """A proxy that the environment names for every address."""
    with answering(Answer(body=RECORD | {"id": "by proxy"})) as server:
        for name in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("http_proxy", server.url)
        yield server


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_gateway_of_this_machine_is_asked_past_the_proxy(host: str, proxy: Answering) -> None:
    with answering(Answer(body=RECORD)) as server:
        address = server.url.replace("127.0.0.1", host)
        with Ki67Client(address, KEY) as client:
            assert client.analysis("a1").id == "a1"
    assert proxy.asked == []


def test_a_gateway_elsewhere_is_asked_through_the_proxy(proxy: Answering) -> None:
    with Ki67Client("http://gateway.invalid", KEY) as client:
        assert client.analysis("a1").id == "by proxy"


def test_the_key_is_in_no_error(pauses: Pauses) -> None:
    with answering(BUSY) as server, client_of(server, pauses) as client, pytest.raises(ApiError) as error:
        client.analysis("a1")
    assert KEY not in repr(error.value) + str(error.value)
