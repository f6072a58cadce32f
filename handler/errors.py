"""Failures a caller can mend: each carries its HTTP status, a stable code and a title (RFC 9457)."""

from typing import Any


class ProblemError(Exception):
    """A failure with its status, stable `code`, short `title` and a `detail` that says what to do."""

    status = 500
    code = "internal-error"
    title = "Internal error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def to_problem(self) -> dict[str, Any]:
        """Return the problem document (RFC 9457) as a dictionary."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }


class EmptyImageError(ProblemError):
    status, code, title = 422, "empty-image", "The image is empty"


class UnsupportedImageError(ProblemError):
    status, code, title = 415, "unsupported-image", "Not an image format this service reads"


class UnreadableImageError(ProblemError):
    status, code, title = 422, "unreadable-image", "The image cannot be decoded"


class ImageTooLargeError(ProblemError):
    status, code, title = 413, "image-too-large", "The image is too large"


class InvalidOptionError(ProblemError):
    status, code, title = 422, "invalid-option", "An option has a value that cannot be used"


class ImageTooSmallError(ProblemError):
    status, code, title = 422, "image-too-small", "The image shows too little"


class NotAcceptableError(ProblemError):
    status, code, title = 406, "not-acceptable", "No media type that this service answers in"


class BusyError(ProblemError):
    status, code, title = 503, "busy", "Too much work at once"
