"""Builds the 8-bit precision of a version: spec and weights in, a folder with int8.xml and int8.bin too out.

Flow: converted network -> NNCF, calibrated on phantoms -> parity with fp32 PyTorch -> folder `VERSION-int8`,
which is not written where parity fails. The layers that see the pixels stay in 32 bits: 8 bits for stain as
pale as haematoxylin and as dark as DAB cost more there than anywhere else, as the decision on engines tells.
"""

import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
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
from training.parity import INT8, ParityField, drawn_fields, measure, real_fields, table_of
from training.phantoms import draw_phantom
from training.version_folder import DEFAULT_VERSION

CALIBRATION_SEED = 77_000_000
CALIBRATION_TILES = 160
CALIBRATION_PX = 256
KEPT_WHOLE = 11
"""The stem and the first stage of the encoder, in convolutions from the first on."""


class ParityError(RuntimeError):
    """The quantised network does not score like the reference."""


def quantise(version: Path, folder: Path) -> None:
    """Write `int8.xml` and `int8.bin` of a version into `folder`."""
    import nncf  # noqa: PLC0415 - takes seconds

    nncf.set_log_level(logging.ERROR)
    spec = ModelSpec.from_file(version / "spec.json")
    core = openvino.Core()
    model = core.read_model(converted(spec.network, version / "weights.safetensors"))
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


def build(version: Path, output: Path, fields: Sequence[ParityField], console: Console) -> None:
    """Write the quantised version's folder; raises ParityError, and writes nothing, where it fails."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".quantise-", dir=output.parent) as scratch:
        made = Path(scratch) / output.name
        made.mkdir()
        quantise(version, made)
        _copy_recipe(version, made)
        differences = measure(made, fields, (INT8,))
        console.print(table_of(differences))
        failing = [difference for difference in differences if not difference.holds]
        if failing:
            raise ParityError(
                f"int8 does not score like fp32 in {len(failing)} of {len(differences)} fields; "
                "nothing was written"
            )
        shutil.rmtree(output, ignore_errors=True)
        made.replace(output)


def _copy_recipe(version: Path, made: Path) -> None:
    """Copy what a version is, under its own name and with its own precision."""
    spec: dict[str, Any] = json.loads((version / "spec.json").read_text(encoding="utf-8"))
    spec["version"] = f"{spec['version']}-int8"
    (made / "spec.json").write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(version / "weights.safetensors", made / "weights.safetensors")
    config: dict[str, Any] = yaml.safe_load((version / "model-config.yaml").read_text(encoding="utf-8"))
    config["handler"] |= {"engine": "openvino", "precision": "int8"}
    (made / "model-config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _convolutions(model: Any) -> list[str]:
    kinds = ("Convolution", "ConvolutionBackpropData")
    return [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() in kinds]


def main(
    version: Annotated[
        Path, typer.Option(help="folder with spec, weights and model-config.yaml")
    ] = DEFAULT_VERSION,
    output: Annotated[Path | None, typer.Option(help="where to write [default: runs/VERSION-int8]")] = None,
    data: Annotated[list[Path] | None, typer.Option(help="annotated fields to check parity on")] = None,
    phantoms: Annotated[int, typer.Option(min=1, help="phantoms to check parity on")] = 24,
) -> None:
    """Quantise a version to 8 bits and keep it only where it scores like fp32."""
    target = output or Path("runs") / f"{version.name}-int8"
    try:
        fields = drawn_fields(phantoms) + real_fields(data or [], 0.25)
        build(version, target, fields, Console())
    except (DataSetError, RuntimeError, OSError) as error:
        typer.echo(f"quantise: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{target} holds the version in 8 bits")


if __name__ == "__main__":
    typer.run(main)
