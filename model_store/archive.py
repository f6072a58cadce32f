"""Builds the model archive of one version: recipe, weights and scoring code in, one reproducible .mar out.

Flow: `model_store/ki67/VERSION` or a folder that a training left, `handler/`, `ki67_entry.py` ->
torch-model-archiver -> the same entries sorted, stored, without times or date. The same commit gives the same
bytes in every folder.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from model_store import DEFAULT_VERSION

ROOT = Path(__file__).resolve().parents[1]
NAME = "ki67"
ENTRY = "ki67_entry.py"
CONFIG = "model-config.yaml"
METRICS = "metrics.json"
IDENTITY = "identity.json"
SPEC = "spec.json"
WEIGHTS = "weights.safetensors"
QUANTISED = ("int8.xml", "int8.bin")
"""Beside the weights of a version in 8 bits."""
MANIFEST = "MAR-INF/MANIFEST.json"
VERSION_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
"""What the gateway takes for a version's name."""
EARLIEST = (1980, 1, 1, 0, 0, 0)


class ArchiveError(Exception):
    """The archive cannot be built; the message says why in one sentence."""


def build_archive(version: str, destination: Path, root: Path = ROOT) -> Path:
    """Build `ki67-VERSION.mar` in the folder `destination` from the project at `root` and return its path.

    A reader never sees half an archive. Raises ArchiveError where the version lacks a file, is worse than
    its parent, or the archiver fails.
    """
    recipe = root / "model_store" / NAME / version
    return _build(version, recipe, recipe / CONFIG, destination, root)


def build_archive_of_folder(folder: Path, destination: Path, root: Path = ROOT) -> Path:
    """Build the archive of a folder with spec and weights, such as a training leaves; as `build_archive`.

    The version is named by its spec. It is served like the newest numbered version where the folder says
    nothing else.
    """
    return _build(_version_in(folder), folder, _config_of(folder, root), destination, root)


def _build(version: str, recipe: Path, config: Path, destination: Path, root: Path) -> Path:
    _refuse_worse(version, recipe)
    destination.mkdir(parents=True, exist_ok=True)
    destination = destination.resolve()
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=destination) as scratch:
        staged = _stage(version, recipe, config, root, Path(scratch) / "staged")
        raw = _run_archiver(version, staged, Path(scratch))
        finished = Path(scratch) / "finished.mar"
        _rewrite(raw, finished)
        finished.chmod(0o644)
        return finished.replace(destination / f"{NAME}-{version}.mar")


def _version_in(folder: Path) -> str:
    try:
        named = json.loads((folder / SPEC).read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{folder / SPEC} cannot be read or names no version") from error
    if not isinstance(named, str) or not VERSION_NAME.fullmatch(named):
        raise ArchiveError(
            f"{folder / SPEC}: {named!r} is no version's name; use up to 32 letters, digits, . _ and -"
        )
    return named


def _config_of(recipe: Path, root: Path) -> Path:
    """Return the folder's own model-config.yaml, or that of the newest numbered version."""
    if (recipe / CONFIG).is_file():
        return recipe / CONFIG
    shipped = (root / "model_store" / NAME).glob(f"[0-9]*/{CONFIG}")
    numbered = [path for path in shipped if re.fullmatch(r"\d+(\.\d+)*", path.parent.name)]
    return max(numbered, key=lambda path: [int(part) for part in path.parent.name.split(".")])


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_worse(version: str, recipe: Path) -> None:
    """Raise ArchiveError where fine-tuning found the version worse than its parent, unless accepted."""
    try:
        compared = json.loads((recipe / METRICS).read_text(encoding="utf-8")).get("compared_with_parent", {})
    except (OSError, ValueError, AttributeError):
        return  # never compared
    if compared.get("worse_by") and not compared.get("accepted"):
        raise ArchiveError(
            f"version {version} is worse than its parent: {'; '.join(compared['worse_by'])}. "
            "Fine-tune again with --accept-worse to archive it all the same"
        )


def _stage(version: str, recipe: Path, config: Path, root: Path, staged: Path) -> Path:
    """Lay out what goes into the archive, with an `identity.json` that tells what it is."""
    shutil.copytree(root / "handler", staged / "handler", ignore=_all_but_python)
    sources = [root / "model_store" / ENTRY, recipe / SPEC, recipe / WEIGHTS, config]
    sources += [recipe / name for name in QUANTISED if (recipe / name).is_file()]
    for source in sources:
        if not source.is_file():
            raise ArchiveError(f"version {version} cannot be built: {source} is missing")
        shutil.copyfile(source, staged / source.name)
    identity = {
        "name": NAME,
        "version": version,
        "weights_sha256": sha256_of(staged / WEIGHTS),
        "code_sha256": _code_sha256(staged),
    }
    (staged / IDENTITY).write_text(json.dumps(identity, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return staged


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()} | {
        "__pycache__"
    }


def _code_sha256(staged: Path) -> str:
    """Hash the names and contents of everything in the archive save the weights."""
    digest = hashlib.sha256()
    for path in _files(staged):
        if path.name != WEIGHTS:
            digest.update(f"{path.relative_to(staged).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _run_archiver(version: str, staged: Path, scratch: Path) -> Path:
    """Run torch-model-archiver, which works in a folder of fixed name under TMPDIR, in one of our own."""
    temporary, exported = scratch / "temporary", scratch / "exported"
    temporary.mkdir()
    exported.mkdir()
    options = {
        "--model-name": NAME,
        "--version": version,
        "--handler": staged / ENTRY,
        "--serialized-file": staged / WEIGHTS,
        "--config-file": staged / CONFIG,
        "--extra-files": staged,
        "--export-path": exported,
        "--archive-format": "zip-store",
        "--runtime": "python",
    }
    command = [sys.executable, "-m", "model_archiver.model_packaging"]
    command += [str(word) for pair in options.items() for word in pair]
    finished = subprocess.run(  # noqa: S603 - our own interpreter and paths
        command,
        env=os.environ | {"TMPDIR": str(temporary)},
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if finished.returncode != 0:
        raise ArchiveError(f"torch-model-archiver failed: {finished.stderr.strip()[-500:]}")
    return exported / f"{NAME}.mar"


def _rewrite(raw: Path, finished: Path) -> None:
    """Copy the archive's entries in order of name, uncompressed, with one fixed time and mode."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(finished, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = 0o644 << 16
            target.writestr(entry, _undated(content) if name == MANIFEST else content)


def _undated(manifest: bytes) -> bytes:
    """Set the one date in an archive to a fixed one; TorchServe warns where there is none."""
    facts = json.loads(manifest) | {"createdOn": "01/01/1980 00:00:00"}
    return json.dumps(facts, indent=2, sort_keys=True).encode()


def main(arguments: list[str]) -> int:
    """Build the archive and print its path and hash."""
    parser = argparse.ArgumentParser(prog="python -m model_store.archive", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--version", default=DEFAULT_VERSION, help="a folder of model_store/ki67")
    which.add_argument("--folder", type=Path, help="any folder with spec.json and weights.safetensors")
    parser.add_argument("--destination", type=Path, default=Path("var/model-archives"))
    chosen = parser.parse_args(arguments)
    try:
        if chosen.folder is not None:
            archive = build_archive_of_folder(chosen.folder, chosen.destination)
        else:
            archive = build_archive(chosen.version, chosen.destination)
    except (ArchiveError, OSError) as error:
        sys.stderr.write(f"archive: {error}\n")
        return 1
    sys.stdout.write(f"{archive}  sha256 {sha256_of(archive)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
