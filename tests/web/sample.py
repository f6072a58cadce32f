"""Something to look at: phantoms scored, asked about, reviewed, corrected and practised on."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.handler.image_files import encode
from tests.web.site import Site
from training.phantoms import draw_phantom

CASES: tuple[tuple[str, list[str], int, int, int], ...] = (
    ("Block A, hot spot", ["hot spot"], 21, 1228, 1228),
    ("Block A, margin", ["margin"], 22, 1228, 920),
    ("Block B", ["hot spot", "teaching"], 23, 1000, 1000),
    ("Core biopsy 7", [], 24, 900, 700),
    ("Teaching set, field 3", ["teaching"], 25, 700, 700),
)
MPP = "0.25"


@dataclass(frozen=True)
class Sample:
    """What was made: the records, newest last, and the errands that wait for Petra."""

    records: list[str]
    blind: str
    reviewed: str
    practice: str
    annotation: str


def fill(site: Site) -> Sample:
    """Make it all through the interface, as Paul, Petra and Stella."""
    with (
        site.person("paul@example.org") as paul,
        site.person("petra@example.org") as petra,
        site.person("stella@example.org") as stella,
    ):
        return _fill(paul, petra, stella)


def _fill(paul: httpx2.Client, petra: httpx2.Client, stella: httpx2.Client) -> Sample:
    records = [_scored(paul, *case) for case in CASES]
    blind = _asked(paul, records[0], "petra@example.org", note="Hot spot at the upper border?")
    reviewed = _asked(paul, records[1], "petra@example.org", note="Margin: agree with the category?")
    _send(petra, "PUT", "/api/v1/contacts", email="paul@example.org", name="Dr. Paul Meyer")
    _send(paul, "PUT", "/api/v1/contacts", email="petra@example.org", name="Dr. Petra Novak")
    _send(petra, "PATCH", f"/api/v1/assignments/{reviewed}", status="accepted")
    opinion = {"immunopositive": 40, "immunonegative": 210, "comment": "Many faint nuclei at the left."}
    _send(petra, "POST", f"/api/v1/analyses/{records[1]}/reviews", **opinion)
    practice = _scored(stella, "Practice", [], 26, 500, 400)
    return Sample(records, blind, reviewed, practice, _practised(stella, practice))


def _scored(person: httpx2.Client, label: str, tags: list[str], seed: int, width: int, height: int) -> str:
    image = encode(draw_phantom(seed, width, height, float(MPP)).rgb, "JPEG")
    answer = person.post(
        "/api/v1/analyses",
        files={"images": (f"field-{seed}.jpg", image)},
        data={"mpp": MPP, "wait": "240"},
    )
    (item,) = answer.raise_for_status().json()["items"]
    analysis_id = str(item["analysis"]["id"])
    _send(person, "PATCH", f"/api/v1/analyses/{analysis_id}", case_label=label, tags=tags)
    return analysis_id


def _asked(person: httpx2.Client, analysis_id: str, email: str, note: str) -> str:
    made = _send(person, "POST", f"/api/v1/analyses/{analysis_id}/assignments", email=email, note=note)
    return str(made["id"])


def _practised(person: httpx2.Client, analysis_id: str) -> str:
    """Mark most of what the model found, some of it wrongly."""
    nuclei = person.get(f"/api/v1/analyses/{analysis_id}").raise_for_status().json()["nuclei"]
    marks = [{"x": each["x"], "y": each["y"], "class": each["class"]} for each in nuclei[: -len(nuclei) // 5]]
    for mark in marks[:4]:
        mark["class"] = "immunopositive" if mark["class"] == "immunonegative" else "immunonegative"
    marks += [{"x": 5 + 60 * number, "y": 5, "class": "immunonegative"} for number in range(4)]
    made = _send(person, "POST", f"/api/v1/analyses/{analysis_id}/annotations", marks=marks)
    return str(made["id"])


def _send(person: httpx2.Client, method: str, path: str, **document: Any) -> Any:
    """Send what is true whatever somebody else has changed meanwhile."""
    headers = {"If-Match": "*"} if method == "PATCH" else {}
    return person.request(method, path, json=document, headers=headers).raise_for_status().json()
