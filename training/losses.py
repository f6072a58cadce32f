"""What training minimises: cross entropy and Dice on the classes, cross entropy on the interior map."""

from torch import Tensor
from torch.nn import functional

from training.samples import IGNORED

_INTERIOR_WEIGHT = 2.0


def segmentation_loss(logits: Tensor, classes: Tensor, interior: Tensor) -> Tensor:
    """Return the loss of logits (n, 4, h, w) against classes (n, h, w) and interior (n, h, w).

    Ignored pixels (class 255) cost nothing in any term.
    """
    known = classes != IGNORED
    scores = functional.cross_entropy(logits[:, :3], classes, ignore_index=IGNORED)
    depth = functional.binary_cross_entropy_with_logits(logits[:, 3], interior, reduction="none")
    depth_loss = (depth * known).sum() / known.sum().clamp(min=1)
    return scores + dice_loss(logits[:, :3].softmax(1), classes) + _INTERIOR_WEIGHT * depth_loss


def dice_loss(probabilities: Tensor, classes: Tensor) -> Tensor:
    """Return 1 - soft Dice over the whole batch, mean of the classes that occur (Milletari et al. 2016)."""
    known = (classes != IGNORED).unsqueeze(1)
    target = functional.one_hot(classes.clamp(max=2), 3).movedim(-1, 1) * known
    predicted = probabilities * known
    overlap = (predicted * target).sum((0, 2, 3))
    total = predicted.sum((0, 2, 3)) + target.sum((0, 2, 3))
    present = target.sum((0, 2, 3)) > 0
    dice = (2 * overlap + 1) / (total + 1)
    return 1 - dice[present].mean()
