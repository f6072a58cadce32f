"""The job queue: hints that an analysis waits. The row is the truth, a hint may be lost or repeated.

The queue stays short, however long TorchServe is away: what it has no room for, the sweeper tells later.
"""

from collections.abc import Callable, Mapping, Sequence

import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.serializer import SignedSerializer
from sqlalchemy.engine import make_url

from gateway.interface import tracing
from gateway.settings import Settings

_log = structlog.get_logger("gateway")
ROOM = 500


class Jobs:
    """Huey on PostgreSQL where that keeps the records, else on a SQLite file of its own.

    Messages are signed, as they are pickles.
    """

    def __init__(self, settings: Settings, score: Callable[[str, Mapping[str, str]], object]) -> None:
        self.huey = _huey(settings)
        self._task = self.huey.task(name="score")(score)

    def hint(self, analysis_ids: Sequence[str]) -> None:
        """Tell the worker of analyses that wait; where that fails the sweeper finds them."""
        carried = tracing.carried()
        try:
            for analysis_id in analysis_ids[: self.room()]:
                self._task(analysis_id, carried)
        except Exception as error:  # sqlite3's, psycopg's: a hint may be lost, an answer may not
            _log.warning("hint_not_written", kind=type(error).__name__)

    def room(self) -> int:
        """Return how many hints may be added."""
        return max(0, ROOM - self.waiting())

    def waiting(self) -> int:
        """Return how many hints nobody has taken yet."""
        return int(self.huey.pending_count())


def _huey(settings: Settings) -> Huey:
    serializer = SignedSerializer(secret=settings.secret.get_secret_value(), salt="ki67-jobs")
    address = make_url(settings.database)
    if address.get_backend_name() == "postgresql":
        dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey(
            "ki67", dsn=dsn, results=False, serializer=serializer, connect_timeout=10, create_tables=False
        )
    settings.folder.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(
        "ki67", filename=str(settings.jobs_path), results=False, serializer=serializer, timeout=10
    )
