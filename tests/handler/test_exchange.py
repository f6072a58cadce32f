"""Which media type a caller gets for what it accepts."""

import pytest

from handler.errors import NotAcceptableError
from handler.exchange import JSON, MSGPACK, PNG, choose_media_type


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("IMAGE/PNG", PNG),
        ("image/*", PNG),
        ("application/x-msgpack", MSGPACK),
        ("text/html, application/x-msgpack;q=0.9, */*;q=0.1", MSGPACK),
        ("application/json;q=0.2, image/png;q=0.7", PNG),
        ("application/*, application/json;q=0", MSGPACK),
        ("image/png; q=oops, application/json", JSON),
    ],
)
def test_the_best_of_what_is_accepted_is_chosen(accept: str, chosen: str) -> None:
    assert choose_media_type(accept) == chosen


@pytest.mark.parametrize("accept", ["text/html", "image/jpeg", "*/*;q=0", "application/json;q=0, image/gif"])
def test_what_is_not_offered_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match=r"application/json, image/png, application/x-msgpack"):
        choose_media_type(accept)
