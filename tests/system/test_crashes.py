"""Nothing accepted is lost: 200 uploads to `make run`, whose processes are killed at random moments."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from gateway import create_app
from gateway.database import db
from gateway.models import UNFINISHED, Analysis, Result
from gateway.objects import ANALYSES
from gateway.orphans import delete_orphans
from gateway.settings import Settings
from tests.handler.image_files import encode
from tests.system.test_run import Running, running_in, wait_until
from training.phantoms import draw_phantom

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
UPLOADS = 200
CLIENTS = 6
KILLS = [("gunicorn", "gateway:create_app"), ("gateway.worker",), ("ModelServer",), ("model_service_worker",)]
ROUNDS = 3
ACKNOWLEDGED = (200, 202)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_in(tmp_path_factory.mktemp("crashes")) as running:
        yield running


def send(running: Running, number: int, image: bytes) -> str:
    """Send one image until it is acknowledged, always under one key; return the record's id."""
    address = f"http://127.0.0.1:{running.environment['GATEWAY_PORT']}/api/v1/analyses"
    key = Path(running.environment["KI67_VAR"], "api-key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"upload-{number}"}
    while True:
        with suppress(httpx2.TransportError):
            answer = httpx2.post(
                address,
                headers=headers,
                data={"mpp": "0.5", "wait": "5"},
                files={"images": (f"{number}.png", image)},
                timeout=30,
            )
            if answer.status_code in ACKNOWLEDGED:
                (item,) = answer.json()["items"]
                return str(item["analysis"]["id"])
            assert answer.status_code in (409, 503), answer.text
        time.sleep(0.5)


def kill_at_random(running: Running, chance: random.Random) -> None:
    """Kill each kind of process several times, in random order and at random moments."""
    for words in chance.sample(KILLS * ROUNDS, len(KILLS) * ROUNDS):
        time.sleep(chance.uniform(1, 6))
        with suppress(AssertionError, psutil.NoSuchProcess):
            running.command(*words).kill()


@pytest.fixture(scope="module")
def acknowledged(running: Running) -> list[str]:
    """The records that 200 uploads made while processes were killed."""
    images = [encode(draw_phantom(seed, 96, 96).rgb, "PNG") for seed in range(UPLOADS)]
    killer = threading.Thread(target=kill_at_random, args=(running, random.Random(4)))  # noqa: S311
    killer.start()
    with ThreadPoolExecutor(CLIENTS) as clients:
        sent = clients.map(lambda number: send(running, number, images[number]), range(UPLOADS))
        found = list(sent)
    killer.join()
    return found


@pytest.fixture(scope="module")
def records(running: Running, acknowledged: list[str]) -> Iterator[list[Any]]:
    """The rows once nothing is unfinished any more."""
    var = Path(running.environment["KI67_VAR"])
    secret = SecretStr((var / "gateway-secret").read_text().strip())
    app = create_app(Settings(var_folder=var, secret=secret))
    with app.app_context():

        def is_finished() -> bool:
            db.session.rollback()
            waiting = select(func.count()).select_from(Analysis).where(Analysis.status.in_(UNFINISHED))
            return not db.session.scalar(waiting)

        wait_until(is_finished, 400)
        yield list(db.session.scalars(select(Analysis)))
        db.session.remove()
        db.engine.dispose()


def test_every_upload_acknowledged_has_exactly_one_record(
    acknowledged: list[str], records: list[Any]
) -> None:
    assert len(acknowledged) == len(set(acknowledged)) == UPLOADS
    assert {row.id for row in records} == set(acknowledged)


def test_every_record_has_one_result_or_says_why_it_failed(records: list[Any]) -> None:
    results = Counter(db.session.scalars(select(Result.analysis_id)))
    for row in records:
        assert (row.status, results[row.id]) in {("succeeded", 1), ("failed", 0)}
        assert (row.problem is not None) == (row.status == "failed")
    assert sum(row.status == "succeeded" for row in records) >= UPLOADS * 0.95


def test_no_object_is_left_without_its_record(running: Running, records: list[Any]) -> None:
    """What a killed POST stored is an hour later found by the worker's round."""
    stored = Path(running.environment["KI67_VAR"], "objects", ANALYSES)
    earlier = time.time() - 7200
    for path in stored.rglob("*"):
        os.utime(path, (earlier, earlier))
    delete_orphans()
    assert {path.name for path in stored.iterdir()} == {row.id for row in records}
    for row in records:
        attempts = list(stored.joinpath(row.id).glob("result-*"))
        assert len(attempts) == (row.status == "succeeded"), "an attempt left its result behind"
