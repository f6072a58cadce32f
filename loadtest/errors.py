"""What stops a load test before it has said anything of the service."""


class CannotTestError(Exception):
    """The load test cannot be run; the message is a sentence for the person at the terminal."""


class BusyError(CannotTestError):
    """The service asks to come again later."""
