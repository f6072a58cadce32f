"""Work that may fail in, its result or a problem of this one field out."""

import logging
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from handler.errors import BusyError, ProblemError

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def attempt(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result | ProblemError:
    """Do the work; what goes wrong is a problem of this one field."""
    try:
        return work(*arguments, **named)
    except Exception as error:
        return problem_of(error)


def problem_of(error: Exception) -> ProblemError:
    """Return what the field's sender is told; log where it went wrong, and never what was in the image."""
    if isinstance(error, ProblemError):
        return error
    where = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s in %s, line %s of %s", type(error).__name__, where.name, where.lineno, where.filename)
    if isinstance(error, MemoryError):
        return BusyError("The service is short of memory just now; send the image again in a while.")
    return ProblemError("Scoring failed for a reason that is not yours; the image was not scored.")
