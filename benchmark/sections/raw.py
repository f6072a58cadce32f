"""Raw forward of the engines: tiles of 256 x 256 a second, all lanes busy."""

from benchmark.bench import Bench
from benchmark.engines import PLAIN_TORCH, RunsTiles, label, other_engines
from benchmark.figures import TILES_PER_S, Figures
from benchmark.raw import tiles_per_s
from benchmark.rounds import Probe


def served_probes(bench: Bench) -> list[Probe]:
    """Return the probe of the one engine that servers are compared with."""
    return [_probe(bench, label(bench.engine), bench.engine)]


def all_probes(bench: Bench) -> list[Probe]:
    """Return a probe for each engine of this machine, the served one first."""
    served = label(bench.engine)
    others = other_engines(bench.version, served)
    return served_probes(bench) + [_probe(bench, name, engine) for name, engine in others]


def add_ratios(figures: Figures) -> None:
    """Compare each engine with PyTorch in fp32 as our own engine runs it, else as one writes it down."""
    under = next((name for name in ("raw.torch fp32", f"raw.{PLAIN_TORCH}") if name in figures.figures), None)
    for name in list(figures.names("raw.openvino ")) if under else []:
        figures.add_ratio(f"ratio.{name.removeprefix('raw.').replace(' ', '_')}", name, str(under))


def _probe(bench: Bench, name: str, engine: RunsTiles | str) -> Probe:
    def measure(figures: Figures) -> None:
        if isinstance(engine, str):
            figures.note(f"There is no {name} here: {engine}.")
            return
        figures.add(f"raw.{name}", TILES_PER_S, tiles_per_s(engine, bench.tiles, bench.options.seconds))

    return Probe(f"raw forward, {name}", measure)
