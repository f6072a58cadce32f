"""The archive is the same bytes wherever and whenever it is built, and runs its own code."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from handler.sampling import MOST_WORKING_PX
from handler.torchserve import HandlerSettings
from model_store import DEFAULT_VERSION
from model_store.archive import ROOT, ArchiveError, build_archive, build_archive_of_folder, sha256_of

CONFIG = yaml.safe_load(
    (ROOT / "model_store" / "ki67" / DEFAULT_VERSION / "model-config.yaml").read_text("utf-8")
)

KEYS_TORCHSERVE_READS = {
    "deviceType",
    "minWorkers",
    "maxWorkers",
    "batchSize",
    "maxBatchDelay",
    "jobQueueSize",
    "responseTimeout",
    "startupTimeout",
    "clientTimeoutInMills",
    "maxRetryTimeoutInSec",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A clone in another folder, with other file times and a compiled file lying about."""
    root = tmp_path / "another place" / "ki67"
    (root / "model_store").mkdir(parents=True)
    shutil.copytree(ROOT / "handler", root / "handler", copy_function=shutil.copyfile)
    shutil.copytree(
        ROOT / "model_store" / "ki67", root / "model_store" / "ki67", copy_function=shutil.copyfile
    )
    shutil.copyfile(ROOT / "model_store" / "ki67_entry.py", root / "model_store" / "ki67_entry.py")
    (root / "handler" / "__pycache__").mkdir(exist_ok=True)
    (root / "handler" / "__pycache__" / "left.cpython-311.pyc").write_bytes(b"left over")
    return root


def test_two_runs_and_two_folders_give_the_same_bytes(archive: Path, copy: Path, tmp_path: Path) -> None:
    again = build_archive(DEFAULT_VERSION, tmp_path / "again")
    elsewhere = build_archive(DEFAULT_VERSION, tmp_path / "elsewhere", copy)
    assert sha256_of(archive) == sha256_of(again) == sha256_of(elsewhere)


def test_changed_code_changes_the_hash_and_the_identity(archive: Path, copy: Path, tmp_path: Path) -> None:
    scoring = copy / "handler" / "scoring.py"
    scoring.write_text(scoring.read_text("utf-8") + "# changed\n", "utf-8")
    changed = build_archive(DEFAULT_VERSION, tmp_path / "changed", copy)
    assert sha256_of(changed) != sha256_of(archive)
    assert identity(changed)["code_sha256"] != identity(archive)["code_sha256"]
    assert identity(changed)["weights_sha256"] == identity(archive)["weights_sha256"]


def identity(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as packed:
        told: dict[str, str] = json.loads(packed.read("identity.json"))
    return told


def test_the_weights_are_named_by_their_hash(archive: Path) -> None:
    weights = ROOT / "model_store" / "ki67" / DEFAULT_VERSION / "weights.safetensors"
    assert identity(archive)["weights_sha256"] == sha256_of(weights)


def test_nothing_but_recipe_weights_and_code_travels(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = set(packed.namelist())
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in packed.infolist())
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "handler").rglob("*.py")}
    assert names == code | {
        "MAR-INF/MANIFEST.json",
        "identity.json",
        "ki67_entry.py",
        "model-config.yaml",
        "spec.json",
        "weights.safetensors",
    }


def run_entry(folder: Path, python_path: list[Path]) -> subprocess.CompletedProcess[str]:
    """Import the entry as TorchServe's worker does, by name, and print where its code lies."""
    program = "import ki67_entry, handler.scoring; print(handler.scoring.__file__)"
    path = ":".join(map(str, python_path))
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={"PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_an_archive_runs_its_own_code_even_inside_the_project(unpacked: Path) -> None:
    finished = run_entry(ROOT, [unpacked])
    assert finished.returncode == 0, finished.stderr
    assert Path(finished.stdout.strip()) == unpacked / "handler" / "scoring.py"


def test_an_archive_refuses_to_run_another_ones_code(unpacked: Path) -> None:
    finished = run_entry(ROOT, [ROOT, unpacked])
    assert finished.returncode != 0
    assert "stands before this archive's own" in finished.stderr


def test_a_version_without_weights_is_told_in_a_sentence(copy: Path, tmp_path: Path) -> None:
    (copy / "model_store" / "ki67" / DEFAULT_VERSION / "weights.safetensors").unlink()
    told = rf"version {re.escape(DEFAULT_VERSION)} cannot be built: .*weights\.safetensors is missing"
    with pytest.raises(ArchiveError, match=told):
        build_archive(DEFAULT_VERSION, tmp_path, copy)


def test_the_command_prints_path_and_hash(tmp_path: Path, archive: Path) -> None:
    command = [sys.executable, "-m", "model_store.archive", "--destination", str(tmp_path)]
    printed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert printed == f"{tmp_path / f'ki67-{DEFAULT_VERSION}.mar'}  sha256 {sha256_of(archive)}\n"


def test_the_command_tells_of_a_version_that_does_not_exist(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "model_store.archive",
        "--version",
        "0.0",
        "--destination",
        str(tmp_path),
    ]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 1
    assert finished.stderr.startswith("archive: version 0.0 cannot be built")


def trained_folder(folder: Path, version: str) -> Path:
    """What a training leaves: spec and weights, nothing about serving."""
    folder.mkdir()
    spec = json.loads((ROOT / "training" / "compared" / "fcrn-a.json").read_text("utf-8"))
    (folder / "spec.json").write_text(json.dumps(spec | {"version": version}), "utf-8")
    (folder / "weights.safetensors").write_bytes(b"weights")
    return folder


def test_a_folder_that_a_training_left_is_archived_under_its_own_name(tmp_path: Path) -> None:
    archive = build_archive_of_folder(trained_folder(tmp_path / "run", "fcrn-a"), tmp_path)
    assert archive == tmp_path / "ki67-fcrn-a.mar"
    assert identity(archive)["version"] == "fcrn-a"
    with zipfile.ZipFile(archive) as packed:
        assert yaml.safe_load(packed.read("model-config.yaml"))["batchSize"] == CONFIG["batchSize"]


def test_a_folder_may_say_itself_how_it_is_served(tmp_path: Path) -> None:
    folder = trained_folder(tmp_path / "run", "fcrn-a")
    (folder / "model-config.yaml").write_text("batchSize: 3\n", "utf-8")
    with zipfile.ZipFile(build_archive_of_folder(folder, tmp_path)) as packed:
        assert packed.read("model-config.yaml") == b"batchSize: 3\n"


@pytest.mark.parametrize("version", ["../1.0", "", "a version", "x" * 33])
def test_a_name_that_no_request_could_give_is_refused(version: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no version's name"):
        build_archive_of_folder(trained_folder(tmp_path / "run", version), tmp_path)


def test_a_folder_without_a_spec_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"spec\.json cannot be read"):
        build_archive_of_folder(tmp_path, tmp_path)


SHIPPED = sorted((ROOT / "model_store" / "ki67").glob("*/model-config.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_every_key_of_a_model_config_is_one_that_somebody_reads(path: Path) -> None:
    config = yaml.safe_load(path.read_text("utf-8"))
    assert config.keys() - {"handler"} <= KEYS_TORCHSERVE_READS
    assert HandlerSettings.from_config(config["handler"]).most_megapixels >= 16


def test_a_photograph_of_a_whole_field_is_scored_in_one_batch() -> None:
    assert HandlerSettings.from_config(CONFIG["handler"]).most_megapixels * 1e6 >= MOST_WORKING_PX


def test_a_worker_that_cannot_start_for_hours_is_still_tried_again() -> None:
    assert CONFIG["maxRetryTimeoutInSec"] >= 24 * 3600


def test_batches_form_after_milliseconds_and_a_batch_may_take_minutes() -> None:
    assert (CONFIG["batchSize"], CONFIG["minWorkers"], CONFIG["maxWorkers"]) == (8, 2, 2)
    assert 2 <= CONFIG["maxBatchDelay"] <= 5
    seconds_a_megapixel = 15  # of PyTorch on a machine with one slow core
    handler = HandlerSettings.from_config(CONFIG["handler"])
    longest_s = handler.most_seconds + handler.most_megapixels * seconds_a_megapixel
    assert CONFIG["responseTimeout"] >= longest_s
