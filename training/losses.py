"""What training minimises: Dice, and in the project's own loss cross entropy on classes and interior too."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor
from torch.nn import functional

from training.samples import IGNORED

_INTERIOR_WEIGHT = 2.0
_CLASSES = 3


def segmentation_loss(logits: Tensor, classes: Tensor, interior: Tensor) -> Tensor:
    """Return the loss of logits (n, 3 or 4, h, w) against classes (n, h, w) and interior (n, h, w).

    Without a fourth channel the interior counts for nothing. Ignored pixels (class 255) cost nothing in
    any term.
    """
    scores = functional.cross_entropy(logits[:, :_CLASSES], classes, ignore_index=IGNORED)
    loss = scores + dice_loss(logits[:, :_CLASSES].softmax(1), classes)
    if logits.shape[1] == _CLASSES:
        return loss
    known = classes != IGNORED
    depth = functional.binary_cross_entropy_with_logits(logits[:, _CLASSES], interior, reduction="none")
    return loss + _INTERIOR_WEIGHT * (depth * known).sum() / known.sum().clamp(min=1)


def softmax_dice_loss(logits: Tensor, classes: Tensor, _interior: Tensor) -> Tensor:
    """Return the paper's loss: Dice on the softmax of the three classes, nothing else."""
    return dice_loss(logits[:, :_CLASSES].softmax(1), classes)


def dice_loss(probabilities: Tensor, classes: Tensor) -> Tensor:
    """Return 1 - soft Dice over the whole batch, mean of the classes that occur (Milletari et al. 2016)."""
    known = (classes != IGNORED).unsqueeze(1)
    target = functional.one_hot(classes.clamp(max=2), _CLASSES).movedim(-1, 1) * known
    predicted = probabilities * known
    overlap = (predicted * target).sum((0, 2, 3))
    total = predicted.sum((0, 2, 3)) + target.sum((0, 2, 3))
    present = target.sum((0, 2, 3)) > 0
    dice = (2 * overlap + 1) / (total + 1)
    return 1 - (dice[present] if present.any() else dice).mean()


LOSSES: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = MappingProxyType(
    {"segmentation": segmentation_loss, "dice": softmax_dice_loss}
)
