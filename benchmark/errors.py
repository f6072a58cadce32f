"""What goes wrong while measuring."""


class CannotMeasureError(Exception):
    """Something could not be measured; the message is a sentence that says why."""
