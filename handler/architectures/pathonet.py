"""PathoNet: pixels in, logits of every output at full resolution out.

Negahbani et al. 2021, "PathoNet introduced as a deep neural network backend for evaluation of Ki-67 and
tumor-infiltrating lymphocytes in breast cancer": a U-Net of four levels whose blocks are residual dilated
inception modules, which see near and far with few weights.

    16 -------------------------------------------------------------- 16 + 16 | 16 | 16 | 8 | outputs
       32 --------------------------------------------------- 32 + 32
          64 ---------------------------------------- 64 + 64
             128 ------------------------- 128 + 128
                          256
"""

import torch
from torch import nn

from handler.architectures.layers import convolution, twice_as_large

_SLOPE = 0.3
_DILATION = 4
_DROPOUT = 0.1


class ResidualDilatedInception(nn.Module):
    """Two pairs of 3 x 3 convolutions side by side, one dilated by 4, added to their input.

    (n, inputs, h, w) -> (n, width, h, w); the input must have `width` channels or half of them: then it is
    added to both halves.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.copies = width // inputs
        self.near = _pair(inputs, width, dilation=1)
        self.far = _pair(inputs, width, dilation=_DILATION)
        self.after = nn.Sequential(nn.BatchNorm2d(width), nn.LeakyReLU(_SLOPE, inplace=True))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the features seen nearer and farther, on top of the features themselves."""
        residual = torch.cat([features] * self.copies, 1)
        added: torch.Tensor = self.after(self.near(features) + self.far(features) + residual)
        return added


def _pair(inputs: int, width: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(_layer(inputs, width, dilation=dilation), _layer(width, width, dilation=dilation))


def _layer(inputs: int, width: int, kernel_px: int = 3, dilation: int = 1) -> nn.Sequential:
    return convolution(inputs, width, kernel_px, dilation, _SLOPE)


def _expanding(inputs: int, width: int) -> nn.Sequential:
    """Return a level of the way back: twice as large, two 1 x 1 convolutions, then the module."""
    return nn.Sequential(
        twice_as_large(),
        _layer(inputs, width, kernel_px=1),
        _layer(width, width, kernel_px=1),
        ResidualDilatedInception(width, width),
    )


class PathoNet(nn.Module):
    """The network of the module's docstring; sides must be multiples of 16."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.first = nn.Sequential(_layer(3, 16), _layer(16, 16))
        self.down = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), ResidualDilatedInception(width // 2, width))
            for width in (32, 64, 128)
        )
        self.bottom = nn.Sequential(
            nn.MaxPool2d(2), nn.Dropout(_DROPOUT), ResidualDilatedInception(128, 256), nn.Dropout(_DROPOUT)
        )
        self.up = nn.ModuleList(
            _expanding(inputs, width) for inputs, width in ((256, 128), (256, 64), (128, 32), (64, 16))
        )
        self.last = nn.Sequential(_layer(32, 16), _layer(16, 16), _layer(16, 8))
        self.head = nn.Conv2d(8, outputs, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits (n, outputs, h, w) of pixels (n, 3, h, w)."""
        kept = [self.first(pixels)]
        for down in self.down:
            kept.append(down(kept[-1]))
        features = self.bottom(kept[-1])
        for up, skipped in zip(self.up, reversed(kept), strict=True):
            features = torch.cat([skipped, up(features)], 1)
        logits: torch.Tensor = self.head(self.last(features))
        return logits
