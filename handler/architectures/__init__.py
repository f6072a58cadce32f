"""Networks of the project's own, by the name that a version's spec gives them: `NetworkSpec` in, module out.

Every one takes (n, 3, h, w) normalised pixels, sides a multiple of 32, and returns (n, len(outputs), h, w)
logits. A name that is not here is one of `segmentation_models_pytorch`; see `handler.network`.
"""

from collections.abc import Callable

from torch import nn

from handler.architectures.colour import ColourSeparation
from handler.architectures.fcrn import FcrnA, FcrnB
from handler.architectures.pathonet import PathoNet
from handler.spec import NetworkSpec

NO_ENCODER = "none"
ARCHITECTURES: dict[str, Callable[[NetworkSpec], nn.Module]] = {
    "FCRN-A": lambda spec: FcrnA(len(spec.outputs)),
    "FCRN-B": lambda spec: FcrnB(len(spec.outputs)),
    "PathoNet": lambda spec: PathoNet(len(spec.outputs)),
    "ColourSeparation": ColourSeparation,
}


def build_own(spec: NetworkSpec) -> nn.Module:
    """Build one of `ARCHITECTURES`; raises ValueError where the spec asks for an encoder, as none has one."""
    if spec.encoder != NO_ENCODER:
        raise ValueError(
            f"{spec.architecture} has no encoder to choose: write {NO_ENCODER!r}, not {spec.encoder!r}"
        )
    return ARCHITECTURES[spec.architecture](spec)
