"""Make a version of the authors' published weights: their file in, a version folder out.

The file is a `segmentation_models_pytorch` U-Net/ResNet50 with three outputs, as a state dict or as a whole
model; it is read without running any code (`training.inert_pickle`). The version scores as the paper does:
the whole field at 256 x 256, the paper's decoding.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file

from handler.network import build_network, save_weights
from handler.spec import ModelSpec, NetworkSpec
from training.inert_pickle import UnsafeFileError, read_weights
from training.presets import PAPER, PRESETS
from training.version_folder import CONFIG, WEIGHTS, VersionError, find_version, new_folder, write_version

MADE_BY = "training.import_weights"
_HEAD = ("segmentation_head.0.weight", "segmentation_head.0.bias")
_TOLD = 5


class Normalisation(StrEnum):
    """What the network was trained on: RGB / 255 less ImageNet's mean by its deviation, or RGB / 255."""

    imagenet = "imagenet"
    unit = "unit"


def fitted(state: Mapping[str, torch.Tensor], spec: NetworkSpec, classes: tuple[str, ...]) -> torch.nn.Module:
    """Return the network of `spec` with these weights, whose outputs are `classes` in their order.

    Raises VersionError that names missing, unexpected and ill-shaped tensors, or where `classes` are not
    the spec's outputs.
    """
    if sorted(classes) != sorted(spec.outputs):
        raise VersionError(f"--classes must name {', '.join(spec.outputs)}, each once")
    network = build_network(spec)
    wanted = network.state_dict()
    complete = {name: v for name, v in wanted.items() if name.endswith("num_batches_tracked")} | dict(state)
    shapes = [name for name in wanted.keys() & complete.keys() if wanted[name].shape != complete[name].shape]
    findings = {
        "missing": wanted.keys() - complete.keys(),
        "unexpected": complete.keys() - wanted.keys(),
        "of another shape": shapes,
    }
    told = "; ".join(f"{len(names)} {what}: {_some(names)}" for what, names in findings.items() if names)
    if told:
        raise VersionError(f"these are no weights of {spec.architecture}/{spec.encoder}, 3 outputs: {told}")
    order = [classes.index(name) for name in spec.outputs]
    network.load_state_dict(complete | {name: complete[name][order] for name in _HEAD})
    return network


def _some(names: object) -> str:
    listed = sorted(names) if isinstance(names, set | list) else []
    return ", ".join(listed[:_TOLD]) + (", ..." if len(listed) > _TOLD else "")


def spec_of(version: str, normalisation: Normalisation) -> ModelSpec:
    """Return the paper's spec for these weights."""
    spec = ModelSpec.from_file(PRESETS[PAPER].spec)
    network = spec.network
    if normalisation is Normalisation.unit:
        network = replace(network, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    return replace(spec, version=version, network=network)


def card_of(spec: ModelSpec, file: Path, normalisation: Normalisation, classes: tuple[str, ...]) -> str:
    """Return the model card: where the weights come from, and that nothing was measured yet."""
    with file.open("rb") as opened:
        sha256 = file_digest(opened, "sha256").hexdigest()
    return f"""# Model card: {spec.name} {spec.version}

Imported {date.today()} from a file of published weights (SHA-256 {sha256}); no code in it was run.

- Network: `segmentation_models_pytorch` {spec.network.architecture}/{spec.network.encoder}.
- Outputs in the file: {", ".join(classes)}.
- Input: the whole field at 256 x 256, normalisation {normalisation.value}.
- Decoding: that of McConnell et al. 2021 (`mcconnell2021`).
- Licence, training data and accuracy: as its authors state them. Nothing was measured here: `make evaluate`.
- For research and teaching, not for diagnosis.
"""


def main(
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help=".pth, .pt or .safetensors")],
    version: Annotated[str, typer.Option(help="name of the new version, such as mcconnell2021")],
    classes: Annotated[
        str, typer.Option(help="the file's outputs in order; black, grey and white in the paper's masks")
    ] = "background,immunonegative,immunopositive",
    normalisation: Annotated[
        Normalisation, typer.Option(help="of the input: ImageNet's, or plain 0 to 1")
    ] = Normalisation.imagenet,
    output: Annotated[
        Path | None, typer.Option(help="version folder to write; model_store/ki67/VERSION")
    ] = None,
    replaces: Annotated[bool, typer.Option("--replace", help="over an earlier import's folder")] = False,
) -> None:
    """Make a version of published U-Net/ResNet50 weights; `make archive` then packs it."""
    named = tuple(part.strip() for part in classes.split(","))
    try:
        target = new_folder(version, output, MADE_BY, replaces)
        spec = spec_of(version, normalisation)
        state = load_file(file) if file.suffix == ".safetensors" else read_weights(file)
        network = fitted(state, spec.network, named)
    except (VersionError, UnsafeFileError) as error:
        raise typer.BadParameter(str(error)) from error
    target.mkdir(parents=True, exist_ok=True)
    save_weights(network, target / WEIGHTS, torch.float32)
    card = card_of(spec, file, normalisation, named)
    write_version(target, spec, target / WEIGHTS, find_version(None) / CONFIG, card, {"made_by": MADE_BY})
    typer.echo(f"wrote version {version} to {target}")


if __name__ == "__main__":
    typer.run(main)
