from itertools import pairwise
from pathlib import Path

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from benchmark.images import ImageSet
from benchmark.load.plan import Shot
from benchmark.servers.target import GatewayTarget, Magazine, TorchServeTarget, with_broken

GOOD = [Shot(f"good-{k}") for k in range(16)]
BROKEN = [Shot(f"broken-{k}", broken=True) for k in range(5)]


def test_one_shot_in_twenty_is_broken_and_each_broken_one_comes_once() -> None:
    mixed = with_broken(GOOD, BROKEN)
    assert len(mixed) == 100
    assert [shot for shot in mixed if shot.broken] == BROKEN
    places = [place for place, shot in enumerate(mixed) if shot.broken]
    assert all(later - earlier == 20 for earlier, later in pairwise(places))


def test_every_good_shot_is_among_the_mixed() -> None:
    assert {shot for shot in with_broken(GOOD, BROKEN) if not shot.broken} == set(GOOD)


def test_without_broken_ones_the_good_ones_are_sent() -> None:
    assert with_broken(GOOD, []) == GOOD


def test_the_gateways_form_is_one_that_a_server_reads() -> None:
    target = GatewayTarget(8000, "secret")
    headers, body = target.plan(0.5).headers, target.body(b"\xff\xd8image\r\n", 0.5)
    builder = EnvironBuilder(method="POST", data=body, content_type=headers["Content-Type"])
    request = Request(builder.get_environ())
    assert request.form["mpp"] == "0.5"
    with request:
        assert request.files["images"].read() == b"\xff\xd8image\r\n"
    builder.close()


def test_a_plan_names_scale_and_key_and_keeps_bodies_in_files(tmp_path: Path) -> None:
    target = TorchServeTarget(8080, "/predictions/ki67/1.1", "secret")
    images = ImageSet("crops", 0.5, 256**2, (b"one", b"two"))
    plan = Magazine(tmp_path).plan(target, images, 8, seconds=2.0, broken=[b"bad"])
    assert plan.headers["X-Ki67-Mpp"] == "0.5"
    assert plan.headers["Authorization"] == "Bearer secret"
    assert (plan.concurrency, plan.seconds, len(plan.shots)) == (8, 2.0, 20)
    assert {Path(shot.file).read_bytes() for shot in plan.shots if shot.broken} == {b"bad"}
    assert {Path(shot.file).read_bytes() for shot in plan.shots if not shot.broken} == {b"one", b"two"}
