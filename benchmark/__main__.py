"""`make benchmark`: measures the service on this machine and says what must hold and whether it does.

Exit status: 0 where everything was measured, 1 where something could not be, 2 for a wrong command line.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before PyTorch: as the server does for its workers

import signal
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import cv2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmark.bench import Bench, Options
from benchmark.engines import label
from benchmark.figures import Figures
from benchmark.machine import others_share, this_machine
from benchmark.places import DOCUMENT, PICTURE, configuration, version_folder
from benchmark.results.markdown import as_markdown
from benchmark.results.picture import draw
from benchmark.results.run import Run, read_run, write_run
from benchmark.results.terminal import figures_table, goals_table
from benchmark.rounds import attempt, run_rounds
from benchmark.sections.catalogue import (
    BY_DEFAULT,
    ONCE,
    SECTIONS,
    add_ratios,
    interleaved_probes,
    with_needs,
)
from model_store import DEFAULT_VERSION

PIPED_WIDTH = 150
NOT_ALL_MEASURED = 1
BUSY_SHARE = 0.1


def main(
    output: Annotated[
        Path | None, typer.Option("--json", help="file for all figures", dir_okay=False)
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="a smoke run: everything once, and short")] = False,
    rounds: Annotated[int, typer.Option(help="interleaved rounds", min=1, max=50)] = 3,
    seconds: Annotated[float, typer.Option(help="seconds a measurement", min=0.2, max=300)] = 6.0,
    only: Annotated[
        list[str] | None, typer.Option(help=f"a section (repeat it): {', '.join(SECTIONS)}")
    ] = None,
    version: Annotated[str, typer.Option(help="version of the model")] = DEFAULT_VERSION,
    memory_requests: Annotated[int, typer.Option(help="requests before memory is compared", min=10)] = 5000,
    earlier: Annotated[
        Path | None, typer.Option(exists=True, help="JSON of a run that fills in what this one leaves out")
    ] = None,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="write docs/performance.md and its picture")
    ] = False,
) -> None:
    """Measure engines, handler, TorchServe, gateway, stages, memory and start-up on this machine."""
    options = Options(version, rounds, seconds, memory_requests)
    if quick:
        options = replace(
            options, rounds=1, seconds=min(seconds, 1.0), memory_requests=min(memory_requests, 50)
        )
    _check(only or [], version)
    before = _read(earlier, version)
    signal.signal(signal.SIGTERM, _stop)
    cv2.setNumThreads(1)  # as in a worker of TorchServe
    run = measure(options, with_needs(only or BY_DEFAULT))
    if before is not None:
        _fill_up(run, before)
    _tell(run, output, write_docs=write_docs)
    raise typer.Exit(NOT_ALL_MEASURED if run.figures.failures else 0)


def measure(options: Options, chosen: list[str]) -> Run:
    """Measure the chosen sections; whatever was started is stopped, and the folder removed."""
    figures, measured_at = Figures(), datetime.now(UTC).isoformat(timespec="minutes")
    code = configuration(version_folder(options.version))
    if (share := others_share()) > BUSY_SHARE:
        figures.note(f"Other programs took {share:.0%} of the processor when the run began; repeat it alone.")
    with (
        tempfile.TemporaryDirectory(prefix="ki67-benchmark-") as folder,
        _progress() as progress,
        Bench(options, Path(folder), whole="gateway" in chosen) as bench,
    ):
        task = progress.add_task("drawing phantoms, loading engines", total=None)

        def show(text: str) -> None:
            progress.update(task, description=text, advance=1)
            if not progress.console.is_terminal:
                progress.console.print(text, markup=False)

        probes = interleaved_probes(bench, chosen)
        alone = [probe for name in chosen if name in ONCE for probe in ONCE[name](bench)]
        progress.update(task, total=len(probes) * options.rounds + len(alone), completed=-1)
        run_rounds(probes, options.rounds, figures, show)
        bench.stop_servers()
        for probe in alone:
            show(probe.name)
            attempt(probe, figures)
        add_ratios(figures, bench, chosen)
        served = label(bench.engine)
    return Run(measured_at, options, this_machine(), served, figures, code)


def _check(only: list[str], version: str) -> None:
    if unknown := sorted(set(only) - set(SECTIONS)):
        raise typer.BadParameter(
            f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}", param_hint="--only"
        )
    if not version_folder(version).is_dir():
        raise typer.BadParameter(f"there is no version {version} in model_store/ki67", param_hint="--version")


def _read(earlier: Path | None, version: str) -> Run | None:
    """Read the earlier run, and refuse at once what could not fill up this one."""
    if earlier is None:
        return None
    try:
        run = read_run(earlier)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--earlier") from error
    if run.configuration != configuration(version_folder(version)):
        why = "the earlier run measured another configuration or other code; measure all anew"
        raise typer.BadParameter(why, param_hint="--earlier")
    return run


def _fill_up(run: Run, earlier: Run) -> None:
    """Fill up; where engine or machine turn out to differ, the run's own figures are all there is."""
    try:
        run.filled_up(earlier)
    except ValueError as error:
        run.figures.failures["--earlier"] = str(error)


def _tell(run: Run, output: Path | None, *, write_docs: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(figures_table(run))
    console.print(goals_table(run))
    for sentence in run.figures.notes:
        console.print(sentence, markup=False)
    for name, why in run.figures.failures.items():
        console.print(f"Not measured: {name}: {why}", markup=False)
    if output is not None:
        write_run(run, output)
    if write_docs:
        DOCUMENT.write_text(as_markdown(run), encoding="utf-8")
        PICTURE.write_bytes(draw(run))
        console.print(f"wrote {DOCUMENT} and {PICTURE}", markup=False)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that what was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
