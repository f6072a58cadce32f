"""A run with invented figures, for what tells of runs."""

from benchmark.bench import Options
from benchmark.figures import IMAGES_PER_S, MB, MS, TILES_PER_S, Figures, S
from benchmark.machine import Machine
from benchmark.results.run import Run

MACHINE = Machine("Made-up CPU", 2, ["avx512_bf16"], 8.0, "Linux 6", "none", {"python": "3.11", "torch": "2"})


def made_up_figures() -> Figures:
    """Two rounds in which TorchServe reaches 96 % and 92 % of the raw forward."""
    figures = Figures()
    figures.add("raw.openvino bf16", TILES_PER_S, 20.0, 20.0)
    figures.add("raw.torch fp32", TILES_PER_S, 5.0, 10.0)
    figures.add("torchserve.crops.32", IMAGES_PER_S, 19.2, 18.4)
    figures.add("torchserve.crops.32.median", MS, 1600.0, 1700.0)
    figures.add_ratio("ratio.torchserve.crops.32", "torchserve.crops.32", "raw.openvino bf16")
    figures.add_ratio("ratio.openvino_bf16", "raw.openvino bf16", "raw.torch fp32")
    figures.add("memory.huge.added", MB, 900.0)
    figures.add("start.warm", S, 9.0)
    figures.add("stages.crops.forward", MS, 50.0)
    return figures


def made_up_run() -> Run:
    return Run("2026-11-25T10:00+00:00", Options("1.1"), MACHINE, "openvino bf16", made_up_figures())
