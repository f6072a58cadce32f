"""What the figures were measured on: processor, memory, system, versions, GPU."""

import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from model_store.java import NoJavaError, find_java

PACKAGES = ("torch", "openvino", "nncf", "torchserve", "numpy", "opencv-python-headless")
MATTERING_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
"""What the speed of a network on a CPU depends on."""


@dataclass(frozen=True)
class Machine:
    """A machine in words and numbers; `flags` are those of `MATTERING_FLAGS` that it has."""

    processor: str
    cores: int
    flags: list[str]
    memory_gib: float
    system: str
    gpu: str
    versions: dict[str, str]

    @property
    def sentence(self) -> str:
        """The machine in a line, for the report."""
        flags = ", ".join(self.flags) or "none of the flags that matter"
        return (
            f"{self.processor}, {self.cores} cores ({flags}), {self.memory_gib:.0f} GiB of memory, "
            f"{self.system}, GPU: {self.gpu}"
        )


def this_machine() -> Machine:
    """Describe this machine."""
    books = Path("/proc/cpuinfo")
    text = books.read_text(encoding="utf-8") if books.exists() else ""
    return Machine(
        processor=_field(text, "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        flags=[flag for flag in MATTERING_FLAGS if flag in _field(text, "flags").split()],
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        gpu=_gpu(),
        versions=_versions(),
    )


def others_share(seconds: float = 1.0) -> float:
    """Return which share (0..1) of the processor is taken while this process only waits."""
    return psutil.cpu_percent(interval=seconds) / 100.0


def _field(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _gpu() -> str:
    """Ask PyTorch, which takes seconds to load, only where NVIDIA's driver has made a device."""
    if not any(Path("/dev").glob("nvidia*")):
        return "none"
    import torch  # noqa: PLC0415

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "java": _java()}
    return found | {name: _installed(name) for name in PACKAGES}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _java() -> str:
    try:
        return str(find_java().major)
    except NoJavaError:
        return "not installed"
