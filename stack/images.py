"""`make images`: builds the images with the container tool that is there.

    python -m stack.images --tag 1.0.0 [--device cuda] [--versions 1.1,1.0] [--torch-index ADDRESS]

A tool is docker with a running daemon, podman, or buildah; or the scripts in the folder that
KI67_CLUSTER_TOOLS names (`build-image`), which come first.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.settings import ROOT

DOCKERFILES = {
    "ki67-torchserve": "model_store/Dockerfile",
    "ki67-gateway": "gateway/Dockerfile",
    "ki67-loadtest": "loadtest/Dockerfile",
}
"""In the order in which they are built: the load test's is made of TorchServe's."""
TOOLS = ("docker", "podman", "buildah")
SCRIPTS = "KI67_CLUSTER_TOOLS"


class NoToolError(Exception):
    """Nothing here builds images; the message says what would."""


def builder(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the beginning of a command that builds an image; raises NoToolError."""
    if folder := environment.get(SCRIPTS):
        return [str(Path(folder) / "build-image")]
    for tool in TOOLS:
        if shutil.which(tool, path=environment.get("PATH")) and _works(tool):
            return [tool, "build"]
    raise NoToolError(
        f"images are built with {', '.join(TOOLS)}, or scripts that {SCRIPTS} names: none is here"
    )


def _works(tool: str) -> bool:
    """Tell whether a tool can do anything: docker's client alone cannot."""
    return subprocess.run([tool, "info"], capture_output=True, check=False).returncode == 0  # noqa: S603


def full_name(name: str, tag: str, begun: Sequence[str]) -> str:
    """Return an image's name as the tool keeps it: only docker's has no host before it."""
    return f"{name}:{tag}" if begun[0] == "docker" else f"localhost/{name}:{tag}"


def command(begun: Sequence[str], name: str, tag: str, arguments: Mapping[str, str]) -> list[str]:
    """Return the command that builds one image."""
    words = [word for pair in arguments.items() if pair[1] for word in ("--build-arg", "=".join(pair))]
    words += ["--file", str(ROOT / DOCKERFILES[name])]
    named = full_name(name, tag, begun)
    if len(begun) == 1:
        return [*begun, named, str(ROOT), *words]
    return [*begun, *words, "--tag", named, str(ROOT)]


def _revision() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def main(arguments: list[str]) -> int:
    """Build what the command line names, and tell the images' names."""
    parser = argparse.ArgumentParser(prog="python -m stack.images", description=__doc__)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--only", choices=DOCKERFILES, action="append", help="default: all")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--versions", default="", help="versions to carry, by comma; default: the newest")
    parser.add_argument("--torch-index", default="", help="package index with PyTorch's builds for CPUs")
    chosen = parser.parse_args(arguments)
    given = {"RELEASE": chosen.tag, "REVISION": _revision()}
    try:
        begun = builder()
    except NoToolError as error:
        sys.stderr.write(f"images: {error}\n")
        return 1
    own = {
        "ki67-torchserve": {
            "DEVICE": chosen.device,
            "VERSIONS": chosen.versions,
            "TORCH_INDEX": chosen.torch_index,
        },
        "ki67-loadtest": {"BASE": full_name("ki67-torchserve", chosen.tag, begun)},
    }
    for name in chosen.only or DOCKERFILES:
        build = command(begun, name, chosen.tag, given | own.get(name, {}))
        if (status := subprocess.run(build, cwd=ROOT, check=False).returncode) != 0:  # noqa: S603 - our own words
            return status
        sys.stdout.write(f"{full_name(name, chosen.tag, begun)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
