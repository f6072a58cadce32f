"""Fills an image when it is built: versions in, their archives and, for a CPU, their converted networks out.

    python -m model_store.bake --versions 1.1,1.0 --archives FOLDER [--networks FOLDER]

A network that is converted here need not be at each start (`container.lend`). Converting also proves that
PyTorch and OpenVINO of the image work.
"""

import argparse
import sys
from pathlib import Path

from handler.spec import ModelSpec
from model_store.archive import NAME, ROOT, SPEC, WEIGHTS, ArchiveError, build_archive, sha256_of


def convert(version: str, networks: Path) -> str:
    """Convert a version's network into the folder, and tell where it is or why PyTorch will run it."""
    from handler.engines.conversion import ConversionError  # noqa: PLC0415 - not in an image for GPUs
    from handler.engines.openvino_cpu import converted  # noqa: PLC0415

    recipe = ROOT / "model_store" / NAME / version
    networks.mkdir(parents=True, exist_ok=True)
    try:
        return str(converted(ModelSpec.from_file(recipe / SPEC).network, recipe / WEIGHTS, networks))
    except ConversionError as error:
        return f"version {version}: {error}; PyTorch will run it"


def main(arguments: list[str]) -> int:
    """Bake what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m model_store.bake", description=__doc__)
    parser.add_argument("--versions", required=True, help="folders of model_store/ki67, by comma")
    parser.add_argument("--archives", type=Path, required=True, help="where archives go")
    parser.add_argument("--networks", type=Path, help="where converted networks go")
    chosen = parser.parse_args(arguments)
    for version in chosen.versions.split(","):
        try:
            archive = build_archive(version, chosen.archives)
            sys.stdout.write(f"{archive}  sha256 {sha256_of(archive)}\n")
            if chosen.networks is not None:
                sys.stdout.write(f"{convert(version, chosen.networks)}\n")
        except (ArchiveError, OSError) as error:
            sys.stderr.write(f"bake: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
