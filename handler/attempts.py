"""Work that may fail in, its result or a problem of this one field out."""

import logging
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from handler.errors import ProblemError

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def attempt(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result | ProblemError:
    """Do the work; what goes wrong is a problem of this one field."""
    try:
        return work(*arguments, **named)
    except ProblemError as problem:
        return problem
    except Exception as error:
        return unforeseen(error)


def unforeseen(error: Exception) -> ProblemError:
    """Log where it went wrong, and never what was in the image; return what its caller is told."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s in %s, line %s of %s", type(error).__name__, where.name, where.lineno, where.filename)
    return ProblemError("Scoring failed for a reason that is not yours; the image was not scored.")
