"""Stages and processes around the knee in, sentences about what is exhausted there out."""

from collections.abc import Sequence

from loadtest.analysis.resources import cores_busy, processes
from loadtest.analysis.stages import Stages
from loadtest.reading import Phase, RunFolder

FULL = 0.85
"""Share of all cores from which on the processor counts as exhausted."""


def busy_by_process(run: RunFolder, phase: Phase) -> dict[str, float]:
    """Return the cores that each process kept busy in a phase."""
    found = (
        (name, cores_busy(run.samples, name, phase.start_s, phase.end_s)) for name in processes(run.samples)
    )
    return {name: cores for name, cores in found if cores is not None}


def sentences(run: RunFolder, phase: Phase, around: Sequence[Stages]) -> list[str]:
    """Say who takes the processor in `phase` where the service is ours, where images wait, what works most.

    `around` holds the stages of the phases; those of `phase` are told.
    """
    told = next((each for each in around if each.phase == phase), None)
    return [*_of_processor(run, phase), *(_of_stages(told) if told else ())]


def _of_processor(run: RunFolder, phase: Phase) -> list[str]:
    busy, cores = busy_by_process(run, phase), run.about.machine.get("cores")
    if not run.about.own_stack or not busy or not isinstance(cores, int):
        return []
    share, most = sum(busy.values()) / cores, max(busy, key=lambda name: busy[name])
    verdict = "is exhausted" if share >= FULL else "is not exhausted"
    return [
        f"The processor {verdict}: {sum(busy.values()):.2f} of {cores} cores are busy ({share:.0%}), "
        f"{busy[most]:.2f} of them with {most}."
    ]


def _of_stages(told: Stages) -> list[str]:
    found = []
    if told.passes_s:
        place = max(told.passes_s, key=lambda name: told.passes_s[name])
        whole_s = sum(told.passes_s.values())
        part = f"{told.passes_s[place]:.2f} of {whole_s:.2f} s"
        found.append(f"An image spends most of its time in {_with_article(place)}: {part}.")
    if work_s := sum(told.busy.values()):
        stage = max(told.busy, key=lambda name: told.busy[name])
        found.append(f"Of the work in TorchServe's workers, {told.busy[stage] / work_s:.0%} is {stage}.")
    return found


def _with_article(place: str) -> str:
    return place if "'" in place else f"the {place}"
