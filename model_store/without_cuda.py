"""Makes an environment with PyTorch's CUDA build fit for CPUs alone: 5.3 GB of torch in, 1.2 GB out.

    python without_cuda.py         (of the environment; needs gcc and binutils, only while building)

PyPI's torch is linked against NVIDIA's libraries and does not load without files of their names, though
nothing calls them where there is no GPU. Flow: packages of NVIDIA and Triton -> removed, but for the CUDA
runtime, which tells that there is no GPU, and CUPTI -> for each other name a library without content that
has the symbols which torch wants; calling one ends the process. PyTorch's build for CUDA stays one: where a
package index has its build for CPUs, that is smaller, and is left as it is.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

_REMOVED = re.compile(r"(nvidia|cuda|triton)([-_].*)?", re.IGNORECASE)
_KEPT = ("nvidia-cuda-runtime", "nvidia-cuda-cupti")
_KEPT_LIBRARIES = ("libcudart.", "libcupti.")
_NVIDIAS = re.compile(r"lib(cu|nv|nccl)[A-Za-z_]*\.so\.\d+")
_UNUSED = ("libtorch_cuda_linalg.so", "libcaffe2_nvrtc.so")
"""Loaded where a GPU computes linear algebra, or code is compiled for one."""
_SHARED = "nvidia"
"""The folder that all of NVIDIA's packages are in."""
_PLAIN = {
    "nccl": "libnccl.so.2",
    "curand": "libcurand.so.10",
    "cuFile": "libcufile.so.0",
    "cusparseLt": "libcusparseLt.so.0",
}
"""Libraries whose symbols carry no version: how they begin tells whose they are."""


@dataclass
class Wanted:
    """What torch wants of one library: symbols, and the version that they carry."""

    symbols: set[str] = field(default_factory=set)
    version: str | None = None


def remove_packages() -> None:
    """Remove the files of all of NVIDIA's packages and Triton that are not kept."""
    for package in list(distributions()):
        if _REMOVED.fullmatch(package.name) and package.name not in _KEPT:
            files = package.files or []
            for file in files:
                Path(str(file.locate())).unlink(missing_ok=True)
            for folder in {file.parts[0] for file in files} - {_SHARED, ".."}:
                shutil.rmtree(Path(sysconfig.get_path("purelib")) / folder, ignore_errors=True)


def wanted_of(libraries: Path) -> dict[str, Wanted]:
    """Return what the libraries of a folder want of NVIDIA's that are not kept, by the library's name."""
    wanted: dict[str, Wanted] = {}
    for library in sorted(libraries.glob("*.so")):
        versions = _headers(library, wanted)
        for name in _told("nm", "--dynamic", "--undefined-only", "--with-symbol-versions", str(library)):
            symbol, _, version = name.split()[-1].partition("@")
            owner = versions.get(version) if version else _owner(symbol)
            if owner in wanted:
                wanted[owner].symbols.add(symbol)
                wanted[owner].version = version or None
    return wanted


def _headers(library: Path, wanted: dict[str, Wanted]) -> dict[str, str]:
    """Note which libraries one needs; return which library each version of a symbol belongs to."""
    versions, source = dict[str, str](), ""
    for words in (line.split() for line in _told("objdump", "--private-headers", str(library))):
        if (
            words[:1] == ["NEEDED"]
            and _NVIDIAS.fullmatch(words[1])
            and not words[1].startswith(_KEPT_LIBRARIES)
        ):
            wanted.setdefault(words[1], Wanted())
        if words[:2] == ["required", "from"]:
            source = words[2].rstrip(":")
        elif len(words) == 4 and words[0].startswith("0x"):
            versions[words[3]] = source
    return versions


def _owner(symbol: str) -> str | None:
    return next((library for start, library in _PLAIN.items() if symbol.startswith(start)), None)


def _told(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603


def write_stub(path: Path, wanted: Wanted) -> None:
    """Write a library in which every wanted symbol is a function that ends the process."""
    with tempfile.TemporaryDirectory() as scratch:
        source, script = Path(scratch, "stub.c"), Path(scratch, "versions")
        source.write_text(
            "".join(f"void {name}(void) {{ __builtin_trap(); }}\n" for name in sorted(wanted.symbols))
        )
        script.write_text(f"{wanted.version} {{ global: *; }};\n")
        command = [
            "gcc",
            "-shared",
            "-nostdlib",
            "-w",
            f"-Wl,-soname,{path.name}",
            "-o",
            str(path),
            str(source),
        ]
        command += [f"-Wl,--version-script,{script}"] if wanted.version else []
        _told(*command)


def main() -> int:
    """Change the environment that runs this."""
    libraries = Path(sysconfig.get_path("purelib")) / "torch" / "lib"
    if not (libraries / "libtorch_cuda.so").is_file():
        sys.stdout.write("PyTorch's build for CPUs: nothing to leave out\n")
        return 0
    remove_packages()
    for name in _UNUSED:
        (libraries / name).unlink(missing_ok=True)
    for name, wanted in wanted_of(libraries).items():
        write_stub(libraries / name, wanted)
        sys.stdout.write(f"{name}: {len(wanted.symbols)} symbols\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
