"""Refuses a request body of the wrong media type (415), or a document too large (413), before it is read."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from gateway.problems import MediaTypeProblem

JSON_TYPE, JSON_LIMIT_BYTES = "application/json", 16 << 20
"""Documents are parsed as a whole, unlike uploads; 20,000 marks take two of these 16 MiB."""

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
            if media_type == JSON_TYPE:
                request.max_content_length = min(
                    JSON_LIMIT_BYTES, request.max_content_length or JSON_LIMIT_BYTES
                )
            return view(*arguments, **named)

        return checked

    return decorate
