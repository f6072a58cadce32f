"""A huge photograph takes bounded memory besides the network's own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import io, re, sys
from pathlib import Path
import msgpack, numpy as np
from PIL import Image
from handler.answer import ModelIdentity, to_message
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec
from tests.handler.test_pipeline import EmptyEngine
from training.phantoms import draw_phantom

def status(name):
    text = Path("/proc/self/status").read_text()
    return int(re.search(name + r":\\s+(\\d+) kB", text)[1]) * 1024

def encoded(pixels, name):
    file_format, _, kind = name.partition(" ")
    image, file = Image.fromarray(pixels), io.BytesIO()
    if kind == "grey16":
        image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    if kind == "alpha":
        image.putalpha(Image.fromarray(pixels[..., 0]))
    options = {"PNG": {"compress_level": 1}, "WEBP": {"method": 0, "quality": 60}}.get(file_format, {})
    options |= {"compression": "tiff_adobe_deflate"} if file_format == "TIFF" else {}
    options |= {"progressive": True} if kind == "progressive" else {}
    options |= {"subsampling": 0} if kind == "progressive" else {}
    image.save(file, file_format, **options)
    return file.getvalue()

def score(image):
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = status("VmRSS")
    (size,) = analyser.answer([(image, AnalysisOptions(mpp=0.25))], write)
    assert isinstance(size, int), size
    return status("VmHWM") - before

def write(index, analysis):
    return len(msgpack.packb(to_message(analysis)))

analyser = Analyser(ModelSpec.from_file(Path("model_store/ki67/1.1/spec.json")), EmptyEngine(),
                    ModelIdentity("ki67", "1.1", ""))
phantom = draw_phantom(3, 1000, 1000, 0.25).rgb
score(encoded(phantom, sys.argv[1]))
huge = np.tile(phantom, (6, 8, 1))
file = encoded(huge, sys.argv[1])
del huge
print(score(file))
"""


@pytest.mark.parametrize(
    "file_format",
    [
        "JPEG",
        "PNG alpha",
        *(
            pytest.param(more, marks=pytest.mark.long)
            for more in ("JPEG progressive", "PNG", "TIFF", "TIFF grey16", "WEBP", "WEBP alpha")
        ),
    ],
)
def test_48_megapixels_add_at_most_600_mb_to_the_worker(file_format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, file_format],
        cwd=ROOT,
        check=True,
        timeout=240,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) <= 600e6
