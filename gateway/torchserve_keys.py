"""TorchServe's `key_file.json` in, the Authorization header out; the keys change whenever it restarts."""

import json
import threading
from pathlib import Path


class KeyFile:
    """Reads the file again whenever it changes, and when a key was refused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[str, str] = {}

    def header(self, name: str) -> dict[str, str]:
        """Return the header with the `inference` or `management` key; empty where there is no file."""
        with self._lock:
            self._refresh()
            key = self._keys.get(name)
        return {"Authorization": f"Bearer {key}"} if key else {}

    def forget(self) -> None:
        """Read the file again next time, changed or not."""
        with self._lock:
            self._stamp = None

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp != self._stamp:
                written = json.loads(self._path.read_text(encoding="utf-8"))
                self._keys = {
                    name: entry["key"] for name, entry in written.items() if isinstance(entry, dict)
                }
                self._stamp = stamp
        except (OSError, ValueError, KeyError):
            # Missing or half written while TorchServe starts: the next request reads it again.
            self._stamp, self._keys = None, {}
