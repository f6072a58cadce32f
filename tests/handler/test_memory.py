"""A huge photograph takes bounded memory besides the network's own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import re
from pathlib import Path
import cv2, msgpack, numpy as np
from handler.answer import ModelIdentity, to_message
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec
from tests.handler.test_pipeline import EmptyEngine
from training.phantoms import draw_phantom

def status(name):
    text = Path("/proc/self/status").read_text()
    return int(re.search(name + r":\\s+(\\d+) kB", text)[1]) * 1024

def score(pixels):
    image = cv2.imencode(".jpg", pixels)[1].tobytes()
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
score(phantom)
print(score(np.tile(phantom, (6, 8, 1))))
"""


def test_48_megapixels_add_at_most_600_mb_to_the_worker() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, check=True, timeout=240, capture_output=True, text=True
    )
    assert int(done.stdout) <= 600e6
