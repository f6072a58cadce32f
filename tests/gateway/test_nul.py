"""A NUL, which PostgreSQL keeps in no text: an id with one is nobody's, a text with one is refused."""

import pytest

from tests.gateway.stage import ANALYSES, Stage, body

TEXTS = (
    ("PUT", "/api/v1/contacts", {"email": "kim@example.org", "name": "Kim\0"}),
    ("POST", "/api/v1/invitations", {"email": "kim\0@example.org", "role": "analyst"}),
    ("POST", "/api/v1/auth/session", {"email": "kim@example.org\0", "password": "a long password\0"}),
    ("POST", "/api/v1/api-keys", {"name": "of\0"}),
)


@pytest.mark.parametrize("path", [f"{ANALYSES}/%00", f"{ANALYSES}/a%00/image", "/api/v1/assignments/%00"])
def test_an_id_with_one_is_not_found(down: Stage, path: str) -> None:
    answer = down.ann.get(path)
    assert (answer.status_code, body(answer)["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("name", ["text", "case_label", "tag", "author", "model_version"])
def test_a_filter_with_one_is_refused_or_finds_nothing(down: Stage, name: str) -> None:
    answer = down.ann.get(f"{ANALYSES}?{name}=%00")
    assert answer.status_code in (200, 422)
    assert not body(answer).get("items")


@pytest.mark.parametrize(("method", "path", "sent"), TEXTS)
def test_a_text_with_one_is_the_clients_mistake(
    down: Stage, method: str, path: str, sent: dict[str, str]
) -> None:
    answer = down.app.test_client().open(path, method=method, json=sent, headers=down.ann.headers)
    assert 400 <= answer.status_code < 500


def test_a_form_with_one_is_the_clients_mistake(down: Stage, field: bytes) -> None:
    for answer in (
        down.ann.upload([("a.png", field)], wait="0", case_label="S\0"),
        down.ann.upload([("a.png", field)], wait="0", tags="a\0"),
        down.ann.upload([("a.png", field)], wait="0", mpp="\0"),
    ):
        assert 400 <= answer.status_code < 500
    assert down.ann.upload([("a\0.png", field)], wait="0").status_code in (202, 400, 422)
