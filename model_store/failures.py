"""What can go wrong with the versions command, each with the exit status a script sees."""


class VersionsError(Exception):
    """Something was not done; the message says what and why in a sentence or two."""

    exit_status = 1


class RefusedError(VersionsError):
    """What was asked for would leave the service worse off, or cannot be; nothing was changed."""


class UnreachableError(VersionsError):
    """TorchServe or the gateway does not answer, or not in time; asking again is safe."""

    exit_status = 3
