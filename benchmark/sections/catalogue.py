"""Every section by name: which are measured by default, what each needs, in which order they come.

Sections of throughput are interleaved in rounds with the raw forward; the others follow once.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from benchmark.bench import Bench
from benchmark.figures import Figures
from benchmark.rounds import Probe
from benchmark.sections import crowded, gpu, in_process, memory, over_http, raw, stages, start, sweep

Probes = Callable[[Bench], list[Probe]]

INTERLEAVED: Mapping[str, Probes] = MappingProxyType(
    {
        "raw": raw.all_probes,
        "handler": in_process.probes,
        "torchserve": over_http.torchserve_probes,
        "mixed": over_http.mixed_probes,
        "gateway": over_http.gateway_probes,
        "naive": over_http.naive_probes,
    }
)
ONCE: Mapping[str, Probes] = MappingProxyType(
    {
        "stages": stages.probes,
        "crowded": crowded.probes,
        "gpu": gpu.probes,
        "start": start.probes,
        "memory": memory.probes,
        "sweep": sweep.probes,
    }
)
SECTIONS = (*INTERLEAVED, *ONCE)
BY_DEFAULT = tuple(name for name in SECTIONS if name != "sweep")
COMPARED_WITH_TORCHSERVE = {"mixed", "gateway", "naive"}


def with_needs(chosen: Iterable[str]) -> list[str]:
    """Return the chosen sections and those they are compared with, in the order of measuring."""
    wanted = set(chosen)
    if wanted & COMPARED_WITH_TORCHSERVE:
        wanted.add("torchserve")
    return [name for name in SECTIONS if name in wanted]


def interleaved_probes(bench: Bench, chosen: Iterable[str]) -> list[Probe]:
    """Return the probes of one round; the raw forward of the served engine is always among them."""
    names = [name for name in chosen if name in INTERLEAVED]
    probes = [probe for name in names for probe in INTERLEAVED[name](bench)]
    return probes if not names or "raw" in names else raw.served_probes(bench) + probes


def add_ratios(figures: Figures, bench: Bench, chosen: Iterable[str]) -> None:
    """Add what follows from the rounds."""
    if not any(name in INTERLEAVED for name in chosen):
        return
    raw.add_ratios(figures)
    in_process.add_ratios(figures, bench)
    over_http.add_ratios(figures, bench)
