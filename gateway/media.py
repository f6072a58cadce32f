"""Refuses a request body of the wrong media type before anything reads it (415)."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from gateway.problems import MediaTypeProblem

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def needs_media_type(
    media_type: str,
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Let a view answer only requests of one media type."""

    def decorate(view: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @wraps(view)
        def checked(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
            if request.mimetype != media_type:
                raise MediaTypeProblem(f"Send {media_type}, not {request.mimetype or 'nothing'}.")
            return view(*arguments, **named)

        return checked

    return decorate
