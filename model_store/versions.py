"""`python -m model_store.versions VERB`, `make versions`: model versions under live traffic.

    list       what is registered, its share of the images, workers, hashes against the store
    register   check, build, try, bring up, let the gateway know          scale      more or fewer workers
    canary     let it score a share of the images (0: none)               shadow     score a share beside
    compare    two versions on a folder's or on recent images             promote    make it the default
    rollback   back to the default before                                 unregister let go of it
    restore    register what the routes say where it is missing

KI67_TORCHSERVE_HEADLESS names all TorchServes of a cluster. Every verb may be repeated. Exit status: 0 done
or so already, 1 refused or failed, 2 wrong command line, 3 TorchServe or gateway not reached.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from model_store.archive import NAME, ROOT
from model_store.failures import RefusedError, VersionsError
from model_store.operator import Operator, Outcome
from model_store.operator_settings import OperatorSettings
from model_store.replica import Replica
from model_store.routes import Gateway

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="print what was done as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only tell what would be done")]
Version = Annotated[str, typer.Argument(help="a version's name, such as 1.1")]
LOCAL = "127.0.0.1"

Percent = Annotated[float, typer.Argument(min=0, max=100, help="of the images; 0 ends it")]


@dataclass(frozen=True)
class Reached:
    """Whom the options name; `in_cluster`: each replica has its archives before the command speaks to it."""

    replicas: list[Replica]
    gateway: Gateway | None
    store: Path
    root: Path
    in_cluster: bool = False


@app.callback()
def main(
    context: typer.Context,
    management_url: Annotated[
        list[str] | None, typer.Option(help="TorchServe's management address; repeat it for several")
    ] = None,
    inference_url: Annotated[
        str | None, typer.Option(help="where the first of them scores, for compare")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="TorchServe's key_file.json; missing: no keys")
    ] = None,
    gateway_url: Annotated[str | None, typer.Option(help="the gateway's address")] = None,
    operator_key: Annotated[Path | None, typer.Option(help="file of a key that may write routes")] = None,
    no_gateway: Annotated[bool, typer.Option("--no-gateway", help="speak to TorchServe alone")] = False,
    archives: Annotated[Path | None, typer.Option(help="TorchServe's folder of archives")] = None,
    project: Annotated[Path, typer.Option(help="where model_store/ki67 and handler lie")] = ROOT,
) -> None:
    """Operate model versions."""
    settings = OperatorSettings()
    hosts = [] if management_url else settings.hosts()
    urls = management_url or [f"http://{host}:{settings.ki67_torchserve_management_port}" for host in hosts]
    scoring = inference_url or f"http://{(hosts or [LOCAL])[0]}:{settings.ki67_torchserve_inference_port}"
    context.obj = Reached(
        [Replica(url, key_file or settings.key_file, scoring if url == urls[0] else None) for url in urls],
        None
        if no_gateway
        else Gateway(gateway_url or settings.gateway_url, operator_key or settings.operator_key),
        archives or settings.archives,
        project,
        in_cluster=settings.ki67_torchserve_headless is not None,
    )


@app.command("list")
def list_versions(context: typer.Context, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """Tell what is registered, its share, its workers, and whether it is what the store holds."""
    from model_store.overview import overview  # noqa: PLC0415

    rows = overview(_operator(context, as_json, dry_run))
    if as_json:
        _print_json({"items": rows})
    else:
        _print_table(rows)


@app.command()
def register(
    context: typer.Context,
    version: Version,
    folder: Annotated[Path | None, typer.Option(help="a version's folder outside the store")] = None,
    archive: Annotated[Path | None, typer.Option(help="an archive that was built before")] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Check a version, build its archive, try it, bring it up, and let the gateway know it.

    In a cluster the archive is not built: it lies in the folder of archives, here as on every TorchServe.
    """
    reached: Reached = context.obj
    if reached.in_cluster and folder is None:
        archive = archive or reached.store / f"{NAME}-{version}.mar"
    _do(context, as_json, dry_run, lambda operator: operator.register(version, folder, archive))


@app.command()
def scale(
    context: typer.Context,
    version: Version,
    workers: Annotated[int, typer.Argument(min=1, help="worker processes")],
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Bring a version to that many workers."""
    _do(context, as_json, dry_run, lambda operator: operator.scale(version, workers))


@app.command()
def canary(
    context: typer.Context,
    version: Version,
    percent: Percent,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let a version score a share of the images."""
    _do(context, as_json, dry_run, lambda operator: operator.share("canary", version, percent))


@app.command()
def shadow(
    context: typer.Context,
    version: Version,
    percent: Percent,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let a version score a share of the images beside the one that answers."""
    _do(context, as_json, dry_run, lambda operator: operator.share("shadow", version, percent))


@app.command()
def promote(
    context: typer.Context,
    version: Annotated[str | None, typer.Argument(help="default: the canary")] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make a version the default."""
    _do(context, as_json, dry_run, lambda operator: operator.promote(version))


@app.command()
def rollback(context: typer.Context, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """Go back to the default before this one."""
    _do(context, as_json, dry_run, lambda operator: operator.rollback())


@app.command()
def unregister(
    context: typer.Context, version: Version, as_json: AsJson = False, dry_run: DryRun = False
) -> None:
    """Let go of a version that nothing is routed to."""
    _do(context, as_json, dry_run, lambda operator: operator.unregister(version))


@app.command()
def restore(context: typer.Context, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """Register what the routes say wherever it is missing."""
    _do(context, as_json, dry_run, lambda operator: operator.restore())


@app.command()
def compare(
    context: typer.Context,
    first: Version,
    second: Version,
    folder: Annotated[Path | None, typer.Argument(help="images; or --recent")] = None,
    recent: Annotated[int | None, typer.Option(min=1, max=1000, help="the newest N scored images")] = None,
    mpp: Annotated[
        float | None, typer.Option(help="microns per pixel of the folder's images", min=0.05, max=5)
    ] = None,
    picture: Annotated[Path, typer.Option(help="where the worst is drawn")] = Path("var/comparison.png"),
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Score the same images by both versions; tell how far they differ and draw the worst."""
    from model_store import compare as comparing  # noqa: PLC0415 - needs OpenCV, the other verbs do not

    def run(operator: Operator) -> Outcome:
        images = list(_images(operator, folder, recent, mpp))
        if dry_run:
            return Outcome([f"would: score {len(images)} images by {first} and {second}"])
        found = comparing.compare(operator.replicas[0], first, second, images)
        done = Outcome(facts=found.to_json())
        told = {name: value for name, value in done.facts.items() if name != "images"}
        done.did.append(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items()))
        if found.worst is not None:
            comparing.draw_worst(found.worst, first, second, picture)
            done.did.append(f"the worst is drawn in {picture}")
        return done

    _do(context, as_json, False, run)


def _images(operator: Operator, folder: Path | None, recent: int | None, mpp: float | None) -> Any:
    from model_store.compare import images_in  # noqa: PLC0415

    if (folder is None) == (recent is None):
        raise typer.BadParameter("name a folder of images, or --recent N")
    if folder is not None:
        return images_in(folder, mpp)
    if operator.gateway is None:
        raise RefusedError("recent images are the gateway's: this needs one")
    found = operator.gateway.recent_images(recent or 1)
    return ((f"recent {number}", image, scale) for number, (image, scale) in enumerate(found, 1))


def _operator(context: typer.Context, as_json: bool, dry_run: bool) -> Operator:
    reached: Reached = context.obj
    say = _SayOnce(Console(stderr=as_json, highlight=False, markup=False))
    memory = None if reached.in_cluster else reached.store
    return Operator(reached.replicas, reached.gateway, reached.store, dry_run, say, reached.root, memory)


class _SayOnce:
    """Prints a sentence the first time that it is told."""

    def __init__(self, console: Console) -> None:
        self._console, self._told = console, set[str]()

    def __call__(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._console.print(text, soft_wrap=True)


def _do(context: typer.Context, as_json: bool, dry_run: bool, verb: Callable[[Operator], Outcome]) -> None:
    """Run a verb; its sentences are printed as they become true."""
    operator = _operator(context, as_json, dry_run)
    done = verb(operator)
    for line in done.did:
        operator.say(line)
    if as_json:
        _print_json({"did": done.did, **done.facts})


def _print_json(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts, indent=2) + "\n")


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("version", "share %", "shadow %", "TorchServe", "workers", "queued", "weights", "store"):
        table.add_column(name)
    for row in rows:
        for told in row["torchserve"]:
            default = "default" if told["is_default"] else ("registered" if told["registered"] else "missing")
            table.add_row(
                row["version"],
                _or_dash(row["share_percent"]),
                _or_dash(row["shadow_percent"]),
                default,
                f"{told['workers_ready']}/{told['workers_wanted']}",
                str(told["queued"]),
                (told["weights_sha256"] or "?")[:12],
                row["store"] + (", withdrawn" if row["withdrawn"] else ""),
            )
    Console(highlight=False, markup=False).print(table)


def _or_dash(value: Any) -> str:
    return "-" if value is None else f"{value:g}"


def run() -> None:
    """Run the command; what was not done is one sentence and an exit status."""
    try:
        app(prog_name="python -m model_store.versions")
    except VersionsError as error:
        sys.stderr.write(f"versions: {error}\n")
        sys.exit(error.exit_status)


if __name__ == "__main__":
    run()
