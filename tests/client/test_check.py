"""`client.check`: an installation that scores, one that scores wrongly, and one that does not."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from client.check import FIELD, MPP, SEED, SIDE_PX, TRUTH
from client.models import Counts
from tests.client.answering import Answer, answering
from tests.imports import ROOT
from training.phantoms import draw_phantom

READY = Answer(body={"status": "ready"})
GONE = Answer(status=204, body=b"")


def analysis(positive: int, negative: int, status: str = "succeeded") -> dict[str, object]:
    counts = {"immunopositive": positive, "immunonegative": negative, "total": positive + negative}
    index = 100 * positive / max(1, positive + negative)
    return {"id": "a", "status": status, "counts": counts, "index_percent": index}


def posted(positive: int, negative: int, status: str = "succeeded") -> Answer:
    return Answer(body={"items": [{"index": 0, "analysis": analysis(positive, negative, status)}]})


def check(*answers: Answer, wait: str = "5", key: str = "ki67_key") -> tuple[int, str, list[str]]:
    """Return exit status, words, and what was asked."""
    with answering(*answers) as server:
        command = [sys.executable, "-m", "client.check", server.url, "--wait", wait]
        environment = os.environ | {"KI67_API_KEY": key}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        asked = [f"{each.method} {each.path.partition('?')[0]}" for each in server.asked]
    return done.returncode, done.stdout + done.stderr, asked


def test_the_bundled_field_is_the_phantom_and_its_truth() -> None:
    phantom = draw_phantom(SEED, SIDE_PX, SIDE_PX, MPP)
    bundled = cv2.imread(str(FIELD))
    assert bundled is not None
    assert np.abs(bundled[..., ::-1].astype(int) - phantom.rgb).mean() < 4
    labels = [point.label_id for point in phantom.points]
    assert (labels.count(1), labels.count(2)) == (TRUTH.immunopositive, TRUTH.immunonegative)


def test_a_good_score_passes_and_leaves_nothing() -> None:
    status, words, asked = check(READY, posted(41, 385), GONE)
    assert (status, "426 nuclei found and 430 drawn" in words) == (0, True)
    assert asked == ["GET /readyz", "POST /api/v1/analyses", "DELETE /api/v1/analyses/a"]


def test_a_queued_field_is_waited_for() -> None:
    finished = Answer(body=analysis(41, 385))
    status, _, asked = check(READY, posted(0, 0, "queued"), finished, GONE)
    assert (status, asked[2:]) == (0, ["GET /api/v1/analyses/a", "DELETE /api/v1/analyses/a"])


@pytest.mark.parametrize(("positive", "negative"), [(40, 300), (100, 330), (0, 0)])
def test_a_score_far_from_the_truth_fails(positive: int, negative: int) -> None:
    status, words, _ = check(READY, posted(positive, negative), GONE)
    assert (status, "within" in words) == (1, True)


def test_what_is_not_ready_or_never_scores_fails_in_time() -> None:
    assert check(Answer(status=503), wait="1")[:2] == (1, "check: the gateway is not ready\n")
    status, words, _ = check(READY, posted(0, 0, "queued"), Answer(body=analysis(0, 0, "queued")), wait="1")
    assert (status, "still queued" in words) == (1, True)


def test_a_refused_key_is_told_and_not_shown() -> None:
    status, words, _ = check(READY, Answer(status=401, body={"title": "Not signed in"}), key="ki67_secret")
    assert (status, "Not signed in" in words, "secret" in words) == (1, True, False)


@pytest.mark.parametrize(("answer", "status"), [(READY, 0), (Answer(status=503), 1)])
def test_a_probe_asks_once_and_needs_no_key(answer: Answer, status: int) -> None:
    with answering(answer) as server:
        command = [sys.executable, "-m", "client.check", "--ready", server.url]
        assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == status
        assert len(server.asked) == 1


def test_counts_are_judged_by_total_and_index() -> None:
    assert TRUTH.objections(Counts(immunopositive=40, immunonegative=390, total=430)) == []
    assert len(TRUTH.objections(Counts(immunopositive=300, immunonegative=300, total=600))) == 2
