"""What must hold, and whether it does: figures in, a verdict for each goal out."""

from dataclasses import dataclass
from enum import StrEnum

from benchmark.figures import MB, MS, RATIO, Figures, S


class Verdict(StrEnum):
    """How a goal stands."""

    met = "met"
    missed = "not met"
    unknown = "not measured"


@dataclass(frozen=True)
class Goal:
    """One figure with its limit; `at_most` tells on which side of it is good."""

    figure: str
    title: str
    limit: float
    unit: str = RATIO
    at_most: bool = False

    def judge(self, figures: Figures) -> Verdict:
        """Compare the median over the rounds with the limit."""
        if self.figure not in figures.figures:
            return Verdict.unknown
        value = figures.figures[self.figure].median
        return (
            Verdict.met if (value <= self.limit if self.at_most else value >= self.limit) else Verdict.missed
        )

    @property
    def target(self) -> str:
        """The limit as a person reads it."""
        unit = "" if self.unit == RATIO else f" {self.unit}"
        return f"{'at most' if self.at_most else 'at least'} {self.limit:g}{unit}"


GOALS = (
    Goal("ratio.openvino_bf16", "OpenVINO bf16 / torch fp32 eager, tiles a second", 3.0),
    Goal("ratio.openvino_int8", "OpenVINO int8 / torch fp32 eager, tiles a second", 5.5),
    Goal("ratio.torchserve.crops.32", "TorchServe, 32 clients, crops of 256 x 256 / raw forward", 0.90),
    Goal("ratio.torchserve.fields.8", "TorchServe, 8 clients, fields of 1228 x 1228 / raw forward", 0.85),
    Goal("ratio.gateway.crops.32", "gateway / TorchServe direct, 32 clients, crops", 0.90),
    Goal("ratio.gateway.fields.8", "gateway / TorchServe direct, 8 clients, fields", 0.90),
    Goal("ratio.naive.crops.32", "TorchServe with our handler / with the naive one, 32 clients, crops", 5.0),
    Goal("gateway.added", "latency that the gateway adds to one request, median", 15.0, MS, at_most=True),
    Goal("ratio.memory", "resident memory after all requests / after the first tenth", 1.05, at_most=True),
    Goal("memory.huge.added", "memory that an image of 48 megapixels adds", 600.0, MB, at_most=True),
    Goal("start.warm", "start to READY with a warm cache", 15.0, S, at_most=True),
    Goal("ratio.mixed.32", "good images while 5 % are broken / without", 0.95),
    Goal("crowded.decode", "decoding 2,000 nuclei of one field", 10.0, MS, at_most=True),
    Goal("ratio.gpu", "handler on the GPU, crops / raw loop at the best batch size", 0.90),
)
