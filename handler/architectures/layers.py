"""The one layer that the small networks are made of: convolution, batch normalisation, rectifier."""

from torch import nn


def convolution(
    inputs: int, outputs: int, kernel_px: int = 3, dilation: int = 1, negative_slope: float = 0.0
) -> nn.Sequential:
    """Return a layer (n, inputs, h, w) -> (n, outputs, h, w).

    Its first weights are orthogonal (Saxe et al. 2014). `negative_slope` is that of a leaky
    rectifier; 0 is the plain one.
    """
    padding = dilation * (kernel_px // 2)
    filters = nn.Conv2d(inputs, outputs, kernel_px, padding=padding, dilation=dilation, bias=False)
    nn.init.orthogonal_(filters.weight)
    return nn.Sequential(filters, nn.BatchNorm2d(outputs), nn.LeakyReLU(negative_slope, inplace=True))


def twice_as_large() -> nn.Upsample:
    """Return what doubles both sides by repeating pixels."""
    return nn.Upsample(scale_factor=2, mode="nearest")
