"""`make loadtest`: loads a service as people do, checks every answer, and says which objective it misses.

Exit status: 0 where all is right and every objective met, 1 where something is not, 2 for a wrong command
line, 3 where the load test could not be run. Every option can also come from the environment, as LOADTEST_URL
does.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as for the service's own workers

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import httpx2
import typer
from rich.console import Console

from benchmark.places import RUNS
from loadtest.book import troubles
from loadtest.errors import CannotTestError
from loadtest.judging import judge
from loadtest.pictures import drawn, of_folder
from loadtest.profiles import PROFILES, stretched
from loadtest.report import write as write_report
from loadtest.run import Order, run
from loadtest.targets import Target, any_gateway, own_stack, torchserve_itself
from model_store import DEFAULT_VERSION

MISSED, CANNOT = 1, 3
SHAPES = "; ".join(f"{each.name}: {each.about}" for each in PROFILES.values())


def main(
    profile: Annotated[str, typer.Argument(envvar="LOADTEST_PROFILE", help=SHAPES)] = "smoke",
    url: Annotated[
        str | None,
        typer.Option(envvar="LOADTEST_URL", help="a gateway that runs; default: a stack of its own"),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(envvar="LOADTEST_KEY_FILE", exists=True, help="API key, or TorchServe's key_file.json"),
    ] = None,
    reviewer_key_file: Annotated[
        Path | None,
        typer.Option(
            envvar="LOADTEST_REVIEWER_KEY_FILE",
            exists=True,
            help="key of a colleague who is asked for opinions",
        ),
    ] = None,
    torchserve: Annotated[
        str | None,
        typer.Option(envvar="LOADTEST_TORCHSERVE", help="load TorchServe itself at this inference address"),
    ] = None,
    torchserve_metrics: Annotated[
        str | None, typer.Option(envvar="LOADTEST_TORCHSERVE_METRICS", help="where its metrics are scraped")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(envvar="LOADTEST_IMAGES", exists=True, file_okay=False, help="send these, not phantoms"),
    ] = None,
    mpp: Annotated[
        float | None, typer.Option(help="their microns per pixel; default: what each says")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(envvar="LOADTEST_SECONDS", min=1, help="how long each (longest) part lasts"),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            envvar="LOADTEST_RATE", min=0.01, help="crops a second taken as the capacity, unmeasured"
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(envvar="LOADTEST_WORKERS", min=0, help="wait for so many locust workers (--worker)")
    ] = 0,
    version: Annotated[str, typer.Option(help="version that the stack of its own serves")] = DEFAULT_VERSION,
    seed: Annotated[int, typer.Option(help="of who comes when and does what")] = 1,
    output: Annotated[
        Path | None, typer.Option(envvar="LOADTEST_OUTPUT", help="a new folder; default: runs/loadtest/NOW")
    ] = None,
) -> None:
    """Load the service in one of several shapes, check every answer, and judge the run."""
    if profile not in PROFILES:
        raise typer.BadParameter(f"there are {', '.join(PROFILES)}", param_hint="PROFILE")
    signal.signal(signal.SIGTERM, _stop)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder, label, console = output or RUNS / "loadtest" / stamp, f"loadtest {stamp}", Console(stderr=True)

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    keys = [_key(path) for path in (key_file, reviewer_key_file)]
    if url and not keys[0]:
        raise typer.BadParameter("a gateway is asked with a key", param_hint="--key-file")
    target: AbstractContextManager[Target]
    order = Order(stretched(PROFILES[profile], seconds), seed, label, rate, workers)
    try:
        pictures = of_folder(images, mpp) if images else drawn()
        if torchserve:
            target = nullcontext(torchserve_itself(torchserve.rstrip("/"), key_file, torchserve_metrics))
        elif url:
            target = nullcontext(any_gateway(url.rstrip("/"), keys[0], label, keys[1], torchserve_metrics))
        else:
            say("Starting a stack of its own")
            target = own_stack(version, label)
        with target as loaded:
            wrong = run(order, loaded, pictures, folder, say)
    except (CannotTestError, httpx2.TransportError) as error:
        say(f"loadtest: {error or type(error).__name__}")
        raise typer.Exit(CANNOT) from error
    raise typer.Exit(_told(folder, wrong, say))


def _key(path: Path | None) -> str:
    return path.read_text(encoding="utf-8").strip() if path else ""


def _told(folder: Path, wrong: list[str], say: Callable[[str], None]) -> int:
    """Judge the run, write its report, and say what is missed; return the exit status."""
    missed = [*wrong, *judge(folder)]
    write_report(folder)
    for sentence in missed:
        say(f"Missed: {sentence}")
    for trouble in troubles(folder):
        say(f"  {trouble}")
    say(f"{'Not all' if missed else 'All'} objectives are met; the report: {folder / 'report.md'}")
    return MISSED if missed else 0


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that what was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
