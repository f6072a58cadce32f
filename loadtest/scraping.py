"""The services' own metrics, as they tell them, every few seconds: `metrics/SECONDS.NAME.prom`."""

from collections.abc import Mapping
from pathlib import Path

import httpx2

METRICS = "metrics"
PATIENCE_S = 10.0


class Scraper:
    """Asks each address; one that does not answer leaves no file."""

    def __init__(self, folder: Path, addresses: Mapping[str, str]) -> None:
        self._folder, self._addresses = folder / METRICS, addresses
        self._folder.mkdir()
        self._http = httpx2.Client(timeout=PATIENCE_S, trust_env=False)

    def scrape(self, t_s: float) -> None:
        """Write what each service says now."""
        for name, address in self._addresses.items():
            try:
                answer = self._http.get(address)
            except httpx2.HTTPError:
                continue
            if answer.is_success:
                (self._folder / f"{t_s:.0f}.{name}.prom").write_bytes(answer.content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
