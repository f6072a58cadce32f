"""A run folder is read as it was written; what is no run folder says where it is not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from loadtest.reading import RunFolderError, read_run
from tests.loadtest.made_up import save, smoke, step, torchserve_page


def test_a_run_comes_back_as_it_was_written(tmp_path: Path) -> None:
    whole = replace(
        step(), scrapes=(torchserve_page(2, 1, 0.1, 0.2, 0.5, 1), torchserve_page(14, 9, 0.1, 0.2, 0.5, 2))
    )
    assert read_run(save(whole, tmp_path / "run")) == whole


def test_what_run_json_has_besides_is_no_mistake(tmp_path: Path) -> None:
    folder = save(smoke(), tmp_path / "run")
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(told | {"mix": {"phone": 6}}), encoding="utf-8")
    assert read_run(folder) == smoke()


def test_a_run_without_samples_metrics_and_raw_forward_is_read(tmp_path: Path) -> None:
    folder = save(smoke(), tmp_path / "run")
    for name in ("samples.csv", "raw.json"):
        (folder / name).unlink()
    (folder / "metrics").rmdir()
    assert read_run(folder) == replace(smoke(), raw=())


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("run.json", "{}", "run.json: profile: Field required"),
        ("run.json", "{", "run.json cannot be read"),
        ("requests.csv", "start_s,user\n1,phone\n", r"requests.csv, line 2: KeyError\('endpoint'\)"),
        (
            "requests.csv",
            "start_s,user,endpoint,status,outcome,latency_s,service_s,images\n1,u,e,200,good,1,1,1\n",
            "no outcome is called 'good'",
        ),
        ("samples.csv", "t_s,process,rss_bytes,cpu_s\n1,gateway,much,1\n", "samples.csv, line 2"),
        ("metrics/early.gateway.prom", "", "does not begin with the seconds"),
        ("raw.json", '[{"when": "before"}]', "raw.json: 0.engine: Field required"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, name: str, text: str, told: str) -> None:
    folder = save(smoke(), tmp_path / "run")
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=told):
        read_run(folder)
