"""Findings in, the report's sections out, most important first; what was not measured is left out or said."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from statistics import median
from typing import Any

from benchmark.results.words import number
from loadtest.analysis.cost import cost_per_thousand
from loadtest.analysis.knee import Knee
from loadtest.analysis.phases import BATCH, RESULT, error_ratio, latency
from loadtest.analysis.raw_ratio import NoRatioError, raw_images_per_s
from loadtest.analysis.recovery import NoRecoveryError, earlier_p95_s, recovery_s
from loadtest.analysis.resources import cores_busy, growth_percent, memory, processes
from loadtest.analysis.saturation import sentences
from loadtest.analysis.stages import WORK
from loadtest.reading import Request
from loadtest.report import prose
from loadtest.report.findings import Findings
from loadtest.report.section import Picture, Row, Section

NOT_MEASURED = "not measured"


def sections(found: Findings, drawn: Sequence[Picture]) -> list[Section]:
    """Return the sections that have something to tell; `drawn` are the pictures there are."""
    pictures = {picture.name: picture for picture in drawn}

    def picture(name: str) -> list[Picture]:
        return [pictures[name]] if name in pictures else []

    made = (
        _objectives(found),
        _summary(found),
        _rates(found, picture("rates.png")),
        _saturation(found, picture("stages.png")),
        _over_time(picture("time.png")),
        _endpoints(found),
        _processes(found, picture("memory.png")),
        _method(found),
    )
    return [section for section in made if section is not None]


def _objectives(found: Findings) -> Section:
    told = ["Missed:", *found.missed] if found.missed else ["All objectives of this profile are met."]
    elsewhere = found.asked.of(found.run.about) != found.asked
    return Section("Objectives", told + ([prose.NOT_ASKED] if elsewhere else []))


def _summary(found: Findings) -> Section:
    rows = [*_of_knee(found), *_of_raw(found), *_of_cost(found), *_of_recovery(found), *_of_answers(found)]
    return Section("In short", [], ("figure", "measured"), rows)


def _of_knee(found: Findings) -> Iterator[Row]:
    yield "goodput at its peak", f"{number(found.peak)} images/s"
    if isinstance(found.knee, str):
        yield "knee", f"not found: {found.knee}"
    if not isinstance(found.knee, Knee):
        return
    yield "knee", f"{number(found.knee.rate)} images/s arrive, {number(found.knee.goodput)} come out right"
    beyond = found.goodput_beyond(found.knee)
    told = (
        beyond
        if isinstance(beyond, str)
        else f"{number(beyond)} images/s, {beyond / found.peak:.0%} of the peak"
    )
    yield f"goodput at twice that rate ({number(2 * found.knee.rate)})", told


def _of_raw(found: Findings) -> Iterator[Row]:
    if capacity := found.run.about.capacity_images_per_s:
        yield "capacity before the load, a few clients with crops", f"{number(capacity)} images/s"
    try:
        raw = raw_images_per_s(found.run)
    except NoRatioError as error:
        yield "ratio to the raw forward pass", f"{NOT_MEASURED}: {error}"
        return
    figures = ", ".join(f"{number(each.tiles_per_s)} {each.when}" for each in found.run.raw)
    yield (
        "raw forward pass, all cores",
        f"{number(raw)} images/s ({found.run.raw[0].engine}; tiles/s: {figures})",
    )
    yield "goodput at its peak / raw forward", number(found.peak / raw)


def _of_cost(found: Findings) -> Iterator[Row]:
    if not isinstance(found.knee, Knee):
        return
    if found.price is None:
        yield "cost of a thousand images at the knee", "no price was given (--price-per-hour)"
        return
    cost = cost_per_thousand(found.price.per_hour, found.knee.goodput)
    cores = found.run.about.machine.get("cores", "?")
    yield (
        "cost of a thousand images at the knee",
        f"{cost:.4f} {found.price.currency}, if {cores} cores of this machine cost "
        f"{found.price.per_hour:g} {found.price.currency} an hour",
    )


def _of_recovery(found: Findings) -> Iterator[Row]:
    if found.asked.recovery is None:
        return
    try:
        earlier_s = earlier_p95_s(found.run)
        waited_s = recovery_s(found.run, found.asked.recovery.within_ratio)
    except NoRecoveryError as error:
        yield "recovery after the spike", f"{NOT_MEASURED}: {error}"
    else:
        told = f"{waited_s:.0f} s" if waited_s < float("inf") else "never"
        yield "recovery after the spike", f"{told} (p95 before: {earlier_s:.2f} s)"


def _of_answers(found: Findings) -> Iterator[Row]:
    requests = [each for each in found.run.requests if each.endpoint != RESULT]
    wrong = sum(each.outcome == "wrong" for each in requests)
    yield "requests", f"{len(requests):,}, {wrong} answered wrongly, {error_ratio(requests):.2%} errors"
    if uploads := found.run.about.uploads:
        yield (
            "images accepted",
            f"{uploads.accepted:,}; {uploads.records:,} records, {uploads.lost} lost, {uploads.double} twice",
        )


def _rates(found: Findings, pictures: Sequence[Picture]) -> Section:
    header = ("phase", "offered/s", "goodput/s", "shed", "errors", "p50 s", "p95 s", "p99 s")
    rows = [
        (
            each.phase.name,
            number(each.offered),
            number(each.goodput),
            f"{each.shed_ratio:.1%}",
            f"{each.error_ratio:.1%}",
            *_times(each.latency),
        )
        for each in found.phases
    ]
    limits = found.asked.knee
    told = [prose.KNEE.format(ratio=limits.answered_ratio, p95_s=limits.p95_s)] if limits else []
    return Section("Throughput and latency", [prose.RATES, *told], header, rows, pictures)


def _times(found: object) -> tuple[str, ...]:
    return tuple(f"{getattr(found, name):.2f}" if found else "" for name in ("p50", "p95", "p99"))


def _saturation(found: Findings, pictures: Sequence[Picture]) -> Section | None:
    told = sentences(found.run, found.fullest.phase, found.stages)
    if not told:
        return None
    places = list(dict.fromkeys(place for each in found.stages for place in each.passes_s))
    header = ("phase", *(f"{place}, s" for place in places), *(f"{stage} at work" for stage in WORK), "batch")
    rows = [
        (
            each.phase.name,
            *(f"{each.passes_s[place]:.3f}" if place in each.passes_s else "" for place in places),
            *(f"{each.busy[stage]:.2f}" for stage in WORK),
            f"{each.batch_size:.1f}" if each.batch_size else "",
        )
        for each in found.stages
    ]
    saturated = isinstance(found.knee, Knee)
    title = "What saturates" if saturated else "Where time and processor go"
    where = f"In the phase “{found.fullest.phase.name}”{', the first beyond the knee' if saturated else ''}: "
    return Section(title, [where + " ".join(told), *([prose.STAGES] if rows else [])], header, rows, pictures)


def _over_time(pictures: Sequence[Picture]) -> Section | None:
    return Section("Over time", pictures=pictures) if pictures else None


def _endpoints(found: Findings) -> Section:
    rows = [
        _endpoint_row(name, requests)
        for name, requests in sorted(_by_endpoint(found.run.requests), key=itemgetter(0))
    ]
    header = (
        "endpoint",
        "requests",
        "right",
        "refused",
        "shed",
        "given up",
        "failed",
        "wrong",
        "p50 s",
        "p95 s",
        "p99 s",
    )
    return Section("By endpoint", [prose.ENDPOINTS], header, rows)


def _by_endpoint(requests: Sequence[Request]) -> Iterator[tuple[str, list[Request]]]:
    """Yield the requests to each endpoint; uploads of many images apart from those of one."""
    for endpoint in {each.endpoint for each in requests} - {RESULT}:
        yield endpoint, [each for each in requests if each.endpoint == endpoint]
    for name, many in (("Result of one image", False), ("Results of many images", True)):
        found = [each for each in requests if each.endpoint == RESULT and (each.user == BATCH) == many]
        if found:
            yield name, found


def _endpoint_row(name: str, requests: Sequence[Request]) -> Row:
    outcomes = [str(each.outcome) for each in requests]
    counted = ("ok", "documented", "shed", "abandoned", "failed", "wrong")
    return (
        name,
        f"{len(requests):,}",
        *(f"{outcomes.count(each):,}" for each in counted),
        *_times(latency(requests)),
    )


def _processes(found: Findings, pictures: Sequence[Picture]) -> Section | None:
    start_s, end_s = found.phases[0].phase.start_s, found.phases[-1].phase.end_s
    fullest = found.fullest.phase
    rows = []
    for name in processes(found.run.samples):
        held = [each / 2**20 for each in memory(found.run.samples, name).values()]
        grown = growth_percent(found.run.samples, name, start_s, end_s)
        cores = cores_busy(found.run.samples, name, fullest.start_s, fullest.end_s)
        told = ("" if grown is None else f"{grown:+.1f} %", "" if cores is None else f"{cores:.2f}")
        rows.append((name, f"{median(held):,.0f}", f"{max(held):,.0f}", *told))
    header = ("process", "median MiB", "most MiB", "growth in the second half", f"cores in “{fullest.name}”")
    return Section("Processes", [], header, rows, pictures) if rows else None


def _method(found: Findings) -> Section:
    about = found.run.about
    where = prose.HERE if about.own_stack else prose.ELSEWHERE
    run = prose.RUN.format(
        **about.model_dump(include={"profile", "started_at", "ended_at", "seed"}),
        kind=about.target.kind,
        version=about.model_version,
        machine=_machine(about.machine),
        where=where,
    )
    return Section("How it was measured", [run, *prose.METHOD])


def _machine(told: Mapping[str, Any]) -> str:
    """Return the machine in a line, as `benchmark.machine.Machine` does."""
    flags = ", ".join(told.get("flags", ())) or "none of the flags that matter"
    processor, cores, memory = (told.get(name, "?") for name in ("processor", "cores", "memory_gib"))
    return f"{processor}, {cores} cores ({flags}), {memory} GiB of memory, {told.get('system', '?')}"
