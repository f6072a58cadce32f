"""gunicorn's log without what clients sent: malformed requests are patient data like others.

Its warnings quote requests; `loglevel` in gunicorn.conf.py leaves them out.
What happens to the server itself (a port in use, settings that are refused, a killed process) stays whole.
"""

import sys

from gunicorn.glogging import Logger

_SERVER_ITSELF = "Exception in worker process"


class ServerLog(Logger):  # type: ignore[misc]
    """Tells of a failure around a request no more than its type."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        """Log a failure of the server whole, one around a request by its type."""
        if msg == _SERVER_ITSELF:
            super().exception(msg, *args, **kwargs)
            return
        kind = sys.exc_info()[0]
        self.error("A request failed in gunicorn: %s", kind.__name__ if kind else "unknown")
