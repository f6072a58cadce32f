"""Where an image's time goes, from metrics pages as TorchServe writes them."""

from dataclasses import replace

import pytest

from loadtest.analysis.saturation import sentences
from loadtest.analysis.scrapes import Pages
from loadtest.analysis.stages import stages
from loadtest.reading import Scrape, Target
from tests.loadtest.made_up import STEP, step, torchserve_page

PAGES = (
    torchserve_page(40, 100, queued_s=0.1, inside_s=0.2, forward_s=10, batches=50),
    torchserve_page(60, 300, queued_s=0.5, inside_s=0.3, forward_s=40, batches=90),
)
OVER = replace(step(), scrapes=PAGES)


def test_counters_are_told_by_what_was_added() -> None:
    added = Pages(PAGES, "torchserve").added(40, 60)
    assert added is not None
    assert added.seconds == 20
    assert added.total("ts_inference_requests_total") == 200
    assert added.total("ts_inference_requests_total", model_version="1.0") == 0
    assert added.mean("ki67_batch_size") == pytest.approx(200 / 40)
    assert added.mean("ki67_nothing") is None


def test_a_service_that_began_anew_is_told_by_what_it_counted_since() -> None:
    again = torchserve_page(60, 30, 0.1, 0.2, 5, 10)
    added = Pages((PAGES[0], again), "torchserve").added(0, 100)
    assert added is not None
    assert added.total("ts_inference_requests_total") == 30


def test_one_look_tells_nothing() -> None:
    assert Pages(PAGES, "torchserve").added(50, 70) is None
    assert Pages(PAGES, "gateway").added(0, 100) is None


def test_the_time_of_an_image_is_split_by_place() -> None:
    """Queue: (300 x 0.5 - 100 x 0.1) / 200 = 0.7 s; in the worker (300 x 0.3 - 100 x 0.2) / 200 = 0.35 s.

    Results of that phase take 1.0 s, which leaves nothing for the gateway; of 30 s of the network in 20 s,
    1.5 passes are at work at once.
    """
    found = stages(OVER, STEP[2])
    assert found is not None
    assert found.passes_s["TorchServe's queue"] == pytest.approx(0.7)
    assert found.passes_s["TorchServe's worker"] == pytest.approx(0.35)
    assert found.passes_s["gateway"] == 0
    assert found.busy["network"] == pytest.approx(1.5)
    assert found.busy["decode"] == pytest.approx(0.1)
    assert found.batch_size == pytest.approx(5)


def test_what_is_left_of_the_result_s_time_is_the_gateway_s() -> None:
    later = (replace(PAGES[0], t_s=60.0), replace(PAGES[1], t_s=80.0))
    found = stages(replace(OVER, scrapes=later), STEP[3])
    assert found is not None
    assert found.passes_s["gateway"] == pytest.approx(1.5 - 1.05)


def test_torchserve_directly_has_no_gateway() -> None:
    direct = OVER.about.model_copy(update={"target": Target(kind="torchserve", url="http://127.0.0.1:8080")})
    found = stages(replace(OVER, about=direct), STEP[2])
    assert found is not None
    assert list(found.passes_s) == ["TorchServe's queue", "TorchServe's worker"]


def test_a_phase_without_metrics_has_no_stages() -> None:
    assert stages(OVER, STEP[0]) is None


def test_what_saturates_is_told_in_sentences() -> None:
    told = sentences(OVER, STEP[2], [each for each in (stages(OVER, STEP[2]),) if each])
    assert told == [
        "The processor is exhausted: 1.80 of 2 cores are busy (90%), 1.60 of them with torchserve-worker.",
        "An image spends most of its time in TorchServe's queue: 0.70 of 1.05 s.",
        "Of the work in TorchServe's workers, 94% is network.",
    ]


def test_a_processor_with_room_is_not_exhausted() -> None:
    told = sentences(OVER, STEP[0], [])
    assert told == [
        "The processor is not exhausted: 1.00 of 2 cores are busy (50%), 0.80 of them with torchserve-worker."
    ]


def test_labels_with_commas_at_their_end_are_read() -> None:
    page = Scrape(0, "torchserve", 'a_total{x="1",} 3\n')
    again = Scrape(1, "torchserve", 'a_total{x="1",} 5\n')
    added = Pages((page, again), "torchserve").added(0, 1)
    assert added is not None
    assert added.total("a_total", x="1") == 2
