"""A run is judged by its objectives: what misses one is told, what cannot be told too."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loadtest.judging import judge, missed
from loadtest.objectives import Objectives, read_objectives
from loadtest.reading import Request, RunFolder, Target, Uploads
from tests.imports import ROOT
from tests.loadtest.made_up import (
    RESULT,
    SPIKE,
    STEP,
    phase,
    raw,
    request,
    run,
    save,
    smoke,
    soak,
    spike,
    step,
    stream,
    upload,
    with_uploads,
)

SMOKE = read_objectives("smoke")


def with_requests(whole: RunFolder, *more: Request) -> RunFolder:
    return replace(whole, requests=(*whole.requests, *more))


@pytest.mark.parametrize(
    "good", [smoke(), step(), spike(20), soak(1.5)], ids=lambda whole: whole.about.profile
)
def test_a_good_run_misses_nothing(good: RunFolder) -> None:
    assert missed(good, read_objectives(good.about.profile)) == []


def test_one_wrong_answer_fails_the_run() -> None:
    found = missed(with_requests(smoke(), request(6, "wrong")), SMOKE)
    assert found[0] == "Wrong answers: 1 (POST /api/v1/analyses), at most 0 allowed."


def test_a_record_that_is_wrong_afterwards_fails_the_run() -> None:
    uploads = Uploads(accepted=30, records=30, lost=0, double=0, wrong=1)
    assert missed(with_uploads(smoke(), uploads), SMOKE) == [
        "Wrong records: 1 looked at after the run, at most 0 allowed."
    ]


def test_failed_and_wrong_requests_are_errors_and_given_up_ones_no_requests() -> None:
    """Thirty uploads, one failure, and nine that a client broke off: 1 of 31."""
    given_up = [request(7, "abandoned") for _ in range(9)]
    found = missed(with_requests(smoke(), request(6, "failed"), *given_up), SMOKE)
    assert found == ["Error ratio: 3.23% of all requests, at most 0.00% allowed."]


def test_uploads_that_never_get_their_results_fail_the_run() -> None:
    """However quick the answers that promised them: the run's thirty others came, and this one did not."""
    found = missed(with_requests(smoke(), request(6, "failed", 90.0, RESULT)), SMOKE)
    assert found == ["Results: 1 of 31 uploads had none in time, at most 0.00% allowed."]


def test_an_error_ratio_that_is_allowed_is_no_miss() -> None:
    asked = Objectives(wrong_answers=0, error_ratio=0.05)
    assert missed(with_requests(smoke(), request(6, "failed")), asked) == []


def test_a_service_that_turns_away_does_not_carry_the_load() -> None:
    found = missed(with_requests(smoke(), request(6, "shed")), SMOKE)
    assert found == ["Shed load: 3.23% of all requests, at most 0.00% allowed."]


@pytest.mark.parametrize(
    ("uploads", "told"),
    [
        (
            Uploads(accepted=30, records=29, lost=1, double=0),
            "Lost uploads: 1 of 30 accepted images, at most 0 allowed.",
        ),
        (
            Uploads(accepted=30, records=31, lost=0, double=1),
            "Double records: 1 of 30 accepted images, at most 0 allowed.",
        ),
        (
            Uploads(accepted=0, records=0, lost=0, double=0),
            "Uploads: none was accepted and looked for afterwards, so whether any is lost cannot be told.",
        ),
        (
            None,
            "Uploads: none was accepted and looked for afterwards, so whether any is lost cannot be told.",
        ),
    ],
    ids=["lost", "double", "none", "not looked"],
)
def test_every_accepted_upload_is_one_record(uploads: Uploads | None, told: str) -> None:
    assert missed(with_uploads(smoke(), uploads), SMOKE) == [told]


def test_slow_answers_are_told_by_endpoint_and_percentile() -> None:
    """Thirty results of 0.2 s and twenty of 11 s: the slow ones are beyond the 60th of 50."""
    slow = [each for k in range(20) for each in upload(6 + k / 10, 11.0)]
    found = missed(with_requests(smoke(), *slow), SMOKE)
    assert found == ["Latency of result: p95 is 11.00 s, at most 10 s allowed."]


def test_what_warms_up_is_not_timed() -> None:
    slow = [each for k in range(20) for each in upload(k / 10, 11.0)]
    assert missed(with_requests(smoke(), *slow), SMOKE) == []


def test_an_endpoint_without_a_right_answer_is_a_miss() -> None:
    asked = Objectives.model_validate(
        {"wrong_answers": 0, "error_ratio": 0, "latency_s": {"GET /metrics": {"p95": 1}}}
    )
    assert missed(smoke(), asked) == ["Latency of GET /metrics: there was no right answer."]


def test_no_request_at_all_is_a_miss() -> None:
    warming = [each for each in smoke().requests if each.start_s < 5]
    assert missed(replace(smoke(), requests=tuple(warming)), SMOKE) == [
        "No request was made in any phase but the warm-up."
    ]


@pytest.mark.parametrize("process", ["gateway", "worker", "torchserve", "torchserve-worker"])
def test_memory_that_grows_in_the_second_half_is_told_by_process(process: str) -> None:
    found = missed(soak(2.5, process), read_objectives("soak"))
    assert found == [f"Memory of {process}: grew by 2.5 % in the second half, at most 2 %."]


def test_memory_that_nobody_looked_at_is_a_miss() -> None:
    unseen = replace(soak(0), samples=tuple(each for each in soak(0).samples if each.process != "worker"))
    assert missed(unseen, read_objectives("soak")) == [
        "Memory of worker: it was not looked at often enough in the second half."
    ]


def test_a_slow_recovery_is_told() -> None:
    found = missed(spike(slow_for_s=40), read_objectives("spike"))
    assert found == [
        "Recovery after the spike: p95 within 20% of its earlier 0.50 s took 39 s, at most 30 s allowed."
    ]


def test_no_recovery_is_told() -> None:
    found = missed(spike(slow_for_s=90), read_objectives("spike"))
    assert found == [
        "Recovery after the spike: p95 within 20% of its earlier 0.50 s was never reached, at most 30 s "
        "allowed."
    ]


def test_a_run_without_a_spike_cannot_show_recovery() -> None:
    found = missed(run("spike", SPIKE[:1], stream(SPIKE[0], 2, 0.5)), read_objectives("spike"))
    assert found == ["Recovery after the spike: the run has no spike with a phase before and one after it."]


def test_goodput_that_collapses_beyond_the_knee_is_told() -> None:
    """At twice the knee (9.2, so 18.4 a second) it lies 0.8 of the way from 10 down to 5: 6.0."""
    found = missed(step(at_twice_per_s=5), read_objectives("step"))
    assert found == [
        "Goodput at twice the knee's rate (18.4 images a second): 60% of its peak, at least 90% asked for."
    ]


def test_a_run_that_does_not_reach_the_knee_is_told() -> None:
    found = missed(
        run("step", STEP[:2], [*stream(STEP[0], 4, 0.2), *stream(STEP[1], 8, 0.3)]), read_objectives("step")
    )
    assert found == ["Knee: every rate was kept up with, up to 8.0 images a second."]


def test_a_run_that_does_not_go_to_twice_the_knee_is_told() -> None:
    whole = step()
    shorter = replace(
        whole,
        about=whole.about.model_copy(update={"phases": STEP[:3]}),
        requests=tuple(each for each in whole.requests if each.start_s < 60),
    )
    assert missed(shorter, read_objectives("step")) == ["Knee: no phase went up to 18.4 images a second."]


def test_goodput_is_compared_with_the_raw_forward_of_the_same_run() -> None:
    """Ten images a second at the peak; the network alone did 16, 18 and 20: 0.56 of the median."""
    asked = Objectives(wrong_answers=0, error_ratio=0, goodput_ratio=0.6)
    assert missed(step(), asked) == ["Goodput / raw forward: 0.56, at least 0.6 asked for."]
    assert missed(replace(step(), raw=(raw(12.5),)), asked) == []
    assert missed(replace(step(), raw=()), asked) == [
        "Goodput / raw forward: the raw forward was not measured in this run."
    ]


def test_the_capacity_is_compared_with_the_raw_forward_too() -> None:
    """Nine crops a second before the load, and 16 by the network alone at that time."""
    asked = Objectives(wrong_answers=0, error_ratio=0, capacity_ratio=0.6)
    assert missed(step(), asked) == ["Capacity / raw forward: 0.56, at least 0.6 asked for."]
    assert missed(replace(step(), raw=(raw(15), raw(20, "after"))), asked) == []
    assert "not measured" in missed(replace(step(), raw=(raw(15, "after"),)), asked)[0]
    unknown = replace(step(), about=step().about.model_copy(update={"capacity_images_per_s": None}))
    assert missed(unknown, asked) == ["Capacity / raw forward: the capacity was not measured in this run."]


def from_elsewhere(whole: RunFolder, kind: str = "gateway") -> RunFolder:
    target = Target(kind=kind, url="https://ki67.example.org")
    about = whole.about.model_copy(update={"own_stack": False, "target": target})
    return replace(whole, about=about, samples=(), raw=())


def test_a_service_elsewhere_is_not_asked_for_its_processes() -> None:
    assert missed(from_elsewhere(soak(0)), read_objectives("soak")) == []
    assert missed(from_elsewhere(step()), read_objectives("step")) == []


def test_torchserve_itself_keeps_no_records_and_is_timed_all_the_same() -> None:
    direct = [request(5 + k, latency_s=11.0, endpoint="POST /predictions/ki67", images=1) for k in range(10)]
    alone = replace(with_uploads(from_elsewhere(smoke(), "torchserve"), None), requests=tuple(direct))
    assert missed(alone, SMOKE) == [
        "Latency of result: p50 is 11.00 s, at most 4 s allowed.",
        "Latency of result: p95 is 11.00 s, at most 10 s allowed.",
    ]


def test_uploads_of_many_images_may_take_longer_than_one() -> None:
    slow = [each for k in range(20) for each in upload(6 + k / 10, 11.0, user="batch")]
    assert missed(with_requests(smoke(), *slow), SMOKE) == []


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadtest.judging", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_exit_status_tells_met_from_missed_from_unreadable(tmp_path: Path) -> None:
    good = save(smoke(), tmp_path / "good")
    assert judge(good) == []
    bad = save(with_requests(smoke(), request(6, "wrong")), tmp_path / "bad")
    met, miss, nothing = (command(str(folder)) for folder in (good, bad, tmp_path / "nowhere"))
    assert (met.returncode, miss.returncode, nothing.returncode) == (0, 1, 2)
    assert met.stdout == "All objectives are met.\n"
    assert "Missed: Wrong answers: 1 (POST /api/v1/analyses), at most 0 allowed.\n" in miss.stdout
    assert "run.json cannot be read" in nothing.stderr


def test_two_phases_of_one_name_are_two_phases() -> None:
    phases = (phase("load", 0, 10), phase("load", 10, 20))
    for quick, slow in (phases, reversed(phases)):
        found = missed(run("smoke", phases, [*stream(quick, 2, 0.2), *stream(slow, 2, 11.0)]), SMOKE)
        assert "Latency of result: p95 is 11.00 s, at most 10 s allowed." in found
