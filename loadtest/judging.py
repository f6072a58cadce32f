"""`python -m loadtest.judging FOLDER`: a run folder in, the objectives that it missed out, a sentence each.

What cannot be told is missed too: a check that needs no figures could not fail. Exit status: 0 where all was
met, 1 where something was missed, 2 where folder or objectives cannot be read.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtest.analysis.knee import NoKneeError, find_knee, goodput_at, peak
from loadtest.analysis.phases import (
    RESULT,
    begun_in,
    error_ratio,
    judged_phases,
    latency,
    phase_figures,
    results,
    shed_ratio,
)
from loadtest.analysis.raw_ratio import NoRatioError, capacity_ratio, raw_images_per_s
from loadtest.analysis.recovery import NoRecoveryError, earlier_p95_s, recovery_s
from loadtest.analysis.resources import growth_percent
from loadtest.objectives import OBJECTIVES, Objectives, ObjectivesError, Recovery, read_objectives
from loadtest.reading import Request, RunFolder, RunFolderError, read_run

MISSED, UNREADABLE = 1, 2


def judge(folder: Path, objectives: Path = OBJECTIVES) -> list[str]:
    """Return a sentence for each missed objective of the run's profile, worst kind first.

    Raises RunFolderError or ObjectivesError.
    """
    run = read_run(folder)
    return missed(run, read_objectives(run.about.profile, objectives))


def missed(run: RunFolder, asked: Objectives) -> list[str]:
    """Return a sentence for each missed objective; empty where all were met."""
    if not _timed(run):
        return ["No request was made in any phase but the warm-up."]
    judges = (_answers, _ratios, _results, _uploads, _latencies, _memory, _recovery, _goodput, _raw)
    return [sentence for each in judges for sentence in each(run, asked.of(run.about))]


def _answers(run: RunFolder, asked: Objectives) -> Iterator[str]:
    wrong = [each for each in run.requests if each.outcome == "wrong"]
    if len(wrong) > asked.wrong_answers:
        places = ", ".join(sorted({each.endpoint for each in wrong}))
        yield f"Wrong answers: {len(wrong)} ({places}), at most {asked.wrong_answers} allowed."
    records = run.about.uploads.wrong if run.about.uploads else 0
    if records > asked.wrong_answers:
        yield f"Wrong records: {records} looked at after the run, at most {asked.wrong_answers} allowed."


def _ratios(run: RunFolder, asked: Objectives) -> Iterator[str]:
    if (errors := error_ratio(run.requests)) > asked.error_ratio:
        yield f"Error ratio: {errors:.2%} of all requests, at most {asked.error_ratio:.2%} allowed."
    if asked.shed_ratio is not None and (shed := shed_ratio(run.requests)) > asked.shed_ratio:
        yield f"Shed load: {shed:.2%} of all requests, at most {asked.shed_ratio:.2%} allowed."


def _results(run: RunFolder, asked: Objectives) -> Iterator[str]:
    """Whoever was promised a result has to get it: a run in which nobody does is not a fast one."""
    followed = [each for each in run.requests if each.endpoint == RESULT]
    late = sum(each.outcome != "ok" for each in followed)
    if late and late / len(followed) > asked.error_ratio:
        most = f"at most {asked.error_ratio:.2%} allowed"
        yield f"Results: {late} of {len(followed)} uploads had none in time, {most}."


def _uploads(run: RunFolder, asked: Objectives) -> Iterator[str]:
    if asked.lost_uploads is None and asked.double_records is None:
        return
    uploads = run.about.uploads
    if uploads is None or not uploads.accepted:
        yield "Uploads: none was accepted and looked for afterwards, so whether any is lost cannot be told."
        return
    for name, found, most in (
        ("Lost uploads", uploads.lost, asked.lost_uploads),
        ("Double records", uploads.double, asked.double_records),
    ):
        if most is not None and found > most:
            yield f"{name}: {found} of {uploads.accepted} accepted images, at most {most} allowed."


def _latencies(run: RunFolder, asked: Objectives) -> Iterator[str]:
    timed = _timed(run)
    for endpoint, limits in asked.latency_s.items():
        here = (each for each in timed if each.endpoint == endpoint)
        found = latency(results(timed) if endpoint == RESULT else here)
        if found is None:
            yield f"Latency of {endpoint}: there was no right answer."
            continue
        for name in ("p50", "p95", "p99"):
            limit_s, found_s = getattr(limits, name), getattr(found, name)
            if limit_s is not None and found_s > limit_s:
                yield f"Latency of {endpoint}: {name} is {found_s:.2f} s, at most {limit_s:g} s allowed."


def _timed(run: RunFolder) -> list[Request]:
    phases = judged_phases(run)
    return [each for phase in phases for each in begun_in(run.requests, phase.start_s, phase.end_s)]


def _memory(run: RunFolder, asked: Objectives) -> Iterator[str]:
    phases = judged_phases(run)
    for process, most in asked.memory_growth_percent.items():
        grown = growth_percent(run.samples, process, phases[0].start_s, phases[-1].end_s)
        if grown is None:
            yield f"Memory of {process}: it was not looked at often enough in the second half."
        elif grown > most:
            yield f"Memory of {process}: grew by {grown:.1f} % in the second half, at most {most:g} %."


def _recovery(run: RunFolder, asked: Objectives) -> Iterator[str]:
    if asked.recovery is None:
        return
    try:
        waited_s = recovery_s(run, asked.recovery.within_ratio)
        if waited_s > asked.recovery.seconds:
            yield _late(run, asked.recovery, waited_s)
    except NoRecoveryError as error:
        yield f"Recovery after the spike: {error}."


def _late(run: RunFolder, asked: Recovery, waited_s: float) -> str:
    taken = "was never reached" if math.isinf(waited_s) else f"took {waited_s:.0f} s"
    return (
        f"Recovery after the spike: p95 within {asked.within_ratio - 1:.0%} of its earlier "
        f"{earlier_p95_s(run):.2f} s {taken}, at most {asked.seconds:g} s allowed."
    )


def _goodput(run: RunFolder, asked: Objectives) -> Iterator[str]:
    if asked.knee is None:
        return
    phases = phase_figures(run)
    try:
        knee = find_knee(phases, asked.knee.rule)
        if asked.goodput_at_twice_the_knee is not None:
            share = goodput_at(phases, 2 * knee.rate) / peak(phases)
            if share < asked.goodput_at_twice_the_knee:
                yield (
                    f"Goodput at twice the knee's rate ({2 * knee.rate:.1f} images a second): {share:.0%} "
                    f"of its peak, at least {asked.goodput_at_twice_the_knee:.0%} asked for."
                )
    except NoKneeError as error:
        yield f"Knee: {error}."


def _raw(run: RunFolder, asked: Objectives) -> Iterator[str]:
    def goodput() -> float:
        return peak(phase_figures(run)) / raw_images_per_s(run)

    yield from _share_of_raw("Goodput", asked.goodput_ratio, goodput)
    yield from _share_of_raw("Capacity", asked.capacity_ratio, lambda: capacity_ratio(run))


def _share_of_raw(name: str, least: float | None, measure: Callable[[], float]) -> Iterator[str]:
    try:
        if least is not None and (ratio := measure()) < least:
            yield f"{name} / raw forward: {ratio:.2f}, at least {least:g} asked for."
    except NoRatioError as error:
        yield f"{name} / raw forward: {error}."


def main(
    folder: Annotated[Path, typer.Argument(help="folder of a run")],
    objectives: Annotated[Path, typer.Option(help="file of objectives")] = OBJECTIVES,
) -> None:
    """Say which objectives a run has missed."""
    console = Console(soft_wrap=True, highlight=False)
    try:
        sentences = judge(folder, objectives)
    except (RunFolderError, ObjectivesError) as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False)
        raise typer.Exit(UNREADABLE) from error
    for sentence in sentences:
        console.print(f"Missed: {sentence}", markup=False)
    if not sentences:
        console.print("All objectives are met.")
    raise typer.Exit(MISSED if sentences else 0)


if __name__ == "__main__":
    typer.run(main)
