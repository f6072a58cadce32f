"""Builds the 8-bit precision of a version: spec and weights in, a folder with int8.xml and int8.bin too out.

Flow: converted network -> NNCF, calibrated on phantoms -> parity with fp32 PyTorch -> folder `VERSION-int8`
with a card that says what parity was checked on; nothing is written where parity fails. The layers that see
the pixels stay in 32 bits: 8 bits for stain as pale as haematoxylin and as dark as DAB cost more there than
anywhere else, as the decision on engines tells.
"""

import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from tqdm import tqdm

from handler.engines.openvino_cpu import INT8_NETWORK, converted
from handler.engines.runtime import openvino
from handler.spec import ModelSpec
from training.datasets.field import DataSetError
from training.parity import INT8, Difference, ParityField, drawn_fields, measure, real_fields, table_of
from training.phantoms import draw_phantom
from training.version_folder import CARD, CONFIG, DEFAULT_VERSION, SPEC, WEIGHTS, write_json

CALIBRATION_SEED = 77_000_000
CALIBRATION_TILES = 160
CALIBRATION_PX = 256
KEPT_WHOLE = 11
"""The stem and the first stage of the encoder, in convolutions from the first on."""


PARITY = "parity.json"
OWN_FILES = {SPEC, WEIGHTS, CONFIG, CARD, PARITY, INT8_NETWORK, "int8.bin"}
"""All that a folder in 8 bits holds; one that holds more is somebody else's."""


@dataclass(frozen=True)
class Checked:
    """What parity is checked on: unseen phantoms, and annotated fields where there are any."""

    phantoms: Sequence[ParityField]
    real: Sequence[ParityField]

    @property
    def fields(self) -> list[ParityField]:
        """All of them."""
        return [*self.phantoms, *self.real]

    @property
    def words(self) -> str:
        """Say it, as the card and the command do."""
        drawn = f"{len(self.phantoms)} phantoms"
        return f"{drawn} and {len(self.real)} real fields" if self.real else f"{drawn} only, no real field"


class ParityError(RuntimeError):
    """The quantised network does not score like the reference."""


class TakenError(RuntimeError):
    """The folder to write holds something else."""


def quantise(version: Path, folder: Path) -> None:
    """Write `int8.xml` and `int8.bin` of a version into `folder`."""
    import nncf  # noqa: PLC0415 - takes seconds

    nncf.set_log_level(logging.ERROR)
    spec = ModelSpec.from_file(version / SPEC)
    core = openvino.Core()
    model = core.read_model(converted(spec.network, version / WEIGHTS))
    model.reshape([1, CALIBRATION_PX, CALIBRATION_PX, 3])
    tiles = [
        draw_phantom(CALIBRATION_SEED + number, CALIBRATION_PX, CALIBRATION_PX, 0.5).rgb[None]
        for number in tqdm(range(CALIBRATION_TILES), unit="phantom", desc="calibration", file=sys.stderr)
    ]
    quantised = nncf.quantize(
        model,
        nncf.Dataset(tiles),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(tiles),
        ignored_scope=nncf.IgnoredScope(names=_convolutions(model)[:KEPT_WHOLE]),
    )
    quantised.reshape([-1, -1, -1, 3])
    openvino.save_model(quantised, folder / INT8_NETWORK)


def build(version: Path, output: Path, checked: Checked, console: Console) -> None:
    """Write the quantised version's folder; raises ParityError, and writes nothing, where it fails.

    Raises TakenError, before the work begins, where `output` is anything but an earlier such folder.
    """
    refuse_other(output, _int8_name(version))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".quantise-", dir=output.parent) as scratch:
        made = Path(scratch) / output.name
        made.mkdir()
        quantise(version, made)
        _copy_recipe(version, made)
        differences = measure(made, checked.fields, (INT8,))
        console.print(table_of(differences))
        failing = [difference for difference in differences if not difference.holds]
        if failing:
            raise ParityError(
                f"int8 does not score like fp32 in {len(failing)} of {len(differences)} comparisons, "
                f"first in {failing[0].field}; nothing was written"
            )
        (made / CARD).write_text(_card(version, checked, differences), encoding="utf-8")
        write_json(made / PARITY, {"checked_on": checked.words, "differences": _plain(differences)})
        if output.exists():
            shutil.rmtree(output)
        made.replace(output)


def refuse_other(output: Path, name: str) -> None:
    """Raise TakenError where something is there that is not a folder of the version `name` in 8 bits."""
    if not output.exists() and not output.is_symlink():
        return
    try:
        found = json.loads((output / SPEC).read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if output.is_symlink() or found != name or not (output / INT8_NETWORK).is_file():
        raise TakenError(f"{output} is there already and is not version {name}; name another --output")
    if strange := sorted(file.name for file in output.iterdir() if file.name not in OWN_FILES):
        raise TakenError(f"{output} holds what this command did not write: {', '.join(strange)}")


def _plain(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    return [difference.to_document() for difference in differences]


def _card(version: Path, checked: Checked, differences: Sequence[Difference]) -> str:
    agreement = min(difference.agreement for difference in differences)
    worst = max(differences, key=lambda difference: difference.points)
    forgiven = sum(difference.is_forgiven for difference in differences)
    return f"""# Model card: {_int8_name(version)}

The network of {_name(version)} in 8 bits (NNCF; the first {KEPT_WHOLE} convolutions in 32), all else as it;
its card holds here too.

Parity with PyTorch in fp32 was checked on {checked.words}; each field is in `{PARITY}`.

- Least share of pixels in the same class: {100 * agreement:.2f} %
- Largest difference of the index: {worst.points:.2f} points, {worst.field}
- Sparse fields in which one nucleus was forgiven: {forgiven}
"""


def _copy_recipe(version: Path, made: Path) -> None:
    """Copy what a version is, under its own name and with its own precision."""
    spec: dict[str, Any] = json.loads((version / SPEC).read_text(encoding="utf-8"))
    spec["version"] = _int8_name(version)
    (made / SPEC).write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(version / WEIGHTS, made / WEIGHTS)
    config: dict[str, Any] = yaml.safe_load((version / CONFIG).read_text(encoding="utf-8"))
    config["handler"] |= {"engine": "openvino", "precision": "int8"}
    (made / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _name(version: Path) -> str:
    return ModelSpec.from_file(version / SPEC).version


def _int8_name(version: Path) -> str:
    return f"{_name(version)}-int8"


def _convolutions(model: Any) -> list[str]:
    kinds = ("Convolution", "ConvolutionBackpropData")
    return [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() in kinds]


def main(
    version: Annotated[
        Path, typer.Option(help="folder with spec, weights and model-config.yaml")
    ] = DEFAULT_VERSION,
    output: Annotated[Path | None, typer.Option(help="where to write [default: runs/VERSION-int8]")] = None,
    data: Annotated[list[Path] | None, typer.Option(help="annotated fields to check parity on")] = None,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the annotated fields", min=0.01)] = 0.25,
    phantoms: Annotated[int, typer.Option(min=1, help="phantoms to check parity on")] = 24,
) -> None:
    """Quantise a version to 8 bits and keep it only where it scores like fp32."""
    target = output or Path("runs") / f"{version.name}-int8"
    try:
        checked = Checked(drawn_fields(phantoms), real_fields(data or [], mpp))
        build(version, target, checked, Console())
    except (DataSetError, RuntimeError, OSError) as error:
        typer.echo(f"quantise: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{target} holds the version in 8 bits; parity was checked on {checked.words}")
    if not checked.real:
        typer.echo("check it on annotated fields too: --data FOLDER", err=True)


if __name__ == "__main__":
    typer.run(main)
