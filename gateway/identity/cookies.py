"""The session's cookie: set at sign-in, cleared at sign-out, read by the authenticator."""

from flask import Response, request

from gateway.settings import Settings


def session_cookie(settings: Settings) -> str | None:
    """Return the token that the browser sent."""
    return request.cookies.get(settings.cookie_name)


def set_session_cookie(settings: Settings, response: Response, token: str) -> None:
    """Give the browser its token: for HTTP only, not for requests that other sites start, and not on disk."""
    _set(settings, response, settings.cookie_name, token, None)


def clear_session_cookie(settings: Settings, response: Response) -> None:
    """Take it back."""
    _set(settings, response, settings.cookie_name, "", 0)


def set_errand_cookie(settings: Settings, response: Response, value: str, seconds: int) -> None:
    """Let the browser remember for a short time which sign-in at the provider it began."""
    _set(settings, response, errand_cookie_name(settings), value, seconds)


def errand_cookie_name(settings: Settings) -> str:
    """Return the name of that cookie."""
    return f"{settings.cookie_name}-oidc"


def _set(settings: Settings, response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
