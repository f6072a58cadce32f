"""Fully convolutional regression networks A and B: pixels in, logits of every output at full resolution out.

Xie, Noble and Zisserman 2016, "Microscopy cell counting and detection with fully convolutional regression
networks". With batch normalisation after every convolution, as in the authors' own later code. Their one
density map becomes the outputs of the spec; there are no skip connections in either.
"""

import torch
from torch import nn

from handler.architectures.layers import convolution, twice_as_large


class FcrnA(nn.Module):
    """Small filters, three poolings: 32, 64, 128, then 512 at an eighth of the sides, and back.

        3 x 3 x 32 | pool | 64 | pool | 128 | pool | 512 | up | 128 | up | 64 | up | 32 | 1 x 1 x outputs

    Sides must be multiples of 8.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.contracting = nn.Sequential(
            convolution(3, 32),
            nn.MaxPool2d(2),
            convolution(32, 64),
            nn.MaxPool2d(2),
            convolution(64, 128),
            nn.MaxPool2d(2),
            convolution(128, 512),
        )
        self.expanding = nn.Sequential(
            twice_as_large(),
            convolution(512, 128),
            twice_as_large(),
            convolution(128, 64),
            twice_as_large(),
            convolution(64, 32),
        )
        self.head = nn.Conv2d(32, outputs, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits (n, outputs, h, w) of pixels (n, 3, h, w)."""
        logits: torch.Tensor = self.head(self.expanding(self.contracting(pixels)))
        return logits


class FcrnB(nn.Module):
    """A pooling after every two convolutions, wide filters at the bottom and on the way back.

        3 x 3 x 32 | 64 | pool | 128 | 256 | pool | 5 x 5 x 256 | up | 5 x 5 x 256 | up | 5 x 5 x outputs

    Sides must be multiples of 4.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.contracting = nn.Sequential(
            convolution(3, 32),
            convolution(32, 64),
            nn.MaxPool2d(2),
            convolution(64, 128),
            convolution(128, 256),
            nn.MaxPool2d(2),
            convolution(256, 256, kernel_px=5),
        )
        self.expanding = nn.Sequential(twice_as_large(), convolution(256, 256, kernel_px=5), twice_as_large())
        self.head = nn.Conv2d(256, outputs, 5, padding=2)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits (n, outputs, h, w) of pixels (n, 3, h, w)."""
        logits: torch.Tensor = self.head(self.expanding(self.contracting(pixels)))
        return logits
