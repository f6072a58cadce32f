"""Answers of a gateway as the checks see them, whole or wrong in one place."""

import json
from typing import Any

from loadtest.contract import PROBLEM, Answer
from loadtest.expected import Expectations, expected_of

PICTURE, VERSION = "crop-0.jpg", "1.1"
NAME = f"000007-1-00-{PICTURE}"


def analysis(**changed: Any) -> dict[str, Any]:
    """Return a finished analysis, with some parts changed."""
    return {
        "id": "a" * 32,
        "status": "succeeded",
        "filename": NAME,
        "image": {"width_px": 256, "height_px": 256},
        "model": {"version": VERSION},
        "counts": {"immunopositive": 1, "immunonegative": 3, "total": 4},
        "index_percent": 25.0,
        "category": "high",
        "nuclei": [{}, {}, {}, {}],
    } | changed


def item(**changed: Any) -> dict[str, Any]:
    return {"index": 0, "filename": NAME, "status": "succeeded", "analysis": analysis()} | changed


def items(*listed: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps({"items": listed}).encode())


def problem(status: int, retry_after: str | None = None, **changed: Any) -> Answer:
    """Return a problem document, with some parts changed; `says` is the status that it tells."""
    said = changed.pop("says", status)
    document = {"type": "/problems/some", "title": "Some", "status": said} | changed
    headers = {"content-type": PROBLEM} | ({"retry-after": retry_after} if retry_after else {})
    return Answer(status, headers, json.dumps(document).encode())


def expectations() -> Expectations:
    return {(PICTURE, VERSION): expected_of(analysis(), {"mask.png": b"a mask"})}
