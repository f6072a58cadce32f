"""What stands in for NVIDIA's libraries in an image for CPUs; building the image shows that it serves."""

import ctypes
import shutil
import sysconfig
from pathlib import Path

import pytest

from model_store.without_cuda import Wanted, wanted_of, write_stub

LIBRARIES = Path(sysconfig.get_path("purelib")) / "torch" / "lib"

pytestmark = [
    pytest.mark.skipif(shutil.which("gcc") is None, reason="a library is linked with gcc"),
    pytest.mark.skipif(not (LIBRARIES / "libtorch_cuda.so").is_file(), reason="PyTorch's build for CPUs"),
]


@pytest.fixture(scope="module")
def wanted() -> dict[str, Wanted]:
    return wanted_of(LIBRARIES)


def test_every_library_but_runtime_and_cupti_is_wanted_by_name(wanted: dict[str, Wanted]) -> None:
    assert {"libcudnn.so.9", "libnccl.so.2"} < wanted.keys()
    assert not any(name.startswith(("libcudart", "libcupti", "libtorch")) for name in wanted)


def test_symbols_go_with_their_library_and_version(wanted: dict[str, Wanted]) -> None:
    assert wanted["libcudnn.so.9"].version == "libcudnn.so.9"
    assert wanted["libnccl.so.2"].version is None
    assert "ncclCommDestroy" in wanted["libnccl.so.2"].symbols
    assert all(symbol.startswith("cudnn") for symbol in wanted["libcudnn.so.9"].symbols)


def test_a_stub_has_every_symbol_and_no_content(wanted: dict[str, Wanted], tmp_path: Path) -> None:
    for name, each in wanted.items():
        write_stub(tmp_path / name, each)
        loaded = ctypes.CDLL(str(tmp_path / name))
        assert all(hasattr(loaded, symbol) for symbol in each.symbols)
        assert (tmp_path / name).stat().st_size < 100_000
