"""What a thousand images cost: an hour's price and a rate in, money out."""


def cost_per_thousand(price_per_hour: float, images_per_s: float) -> float:
    """Return the cost of a thousand images at this rate, in the price's currency; raises ValueError."""
    if images_per_s <= 0:
        raise ValueError("no image a second has no cost")
    return price_per_hour / (images_per_s * 3600.0) * 1000.0
