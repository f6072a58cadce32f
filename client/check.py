"""`python -m client.check [URL]`: does an installation score? A bundled field in, exit status 0 or 1 out.

Flow: wait until the gateway is ready -> POST the field, whose nuclei are known, with its scale -> wait for
its score -> counts and index are about as near as those of the models that ship -> the record is deleted.
What is checked is the whole road from the gateway to TorchServe, and not how good a version is.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from client.api import ApiError, Ki67Client, Patience, Upload
from client.models import Analysis, Counts
from client.settings import ClientSettings, NoKeyError

FIELD = Path(__file__).with_name("field.jpg")
SEED, SIDE_PX, MPP = 10_000_013, 512, 0.5
"""The field is the phantom of that seed (`training.phantoms`), as a JPEG."""
_PAUSE_S = 1.0
_WAIT_S = 20.0


@dataclass(frozen=True)
class Truth:
    """Nuclei drawn into the field, and how far a score may be from them."""

    immunopositive: int
    immunonegative: int
    total_off_percent: float = 10.0
    index_off_points: float = 5.0

    @property
    def total(self) -> int:
        """Return the number of nuclei."""
        return self.immunopositive + self.immunonegative

    @property
    def index_percent(self) -> float:
        """Return the share of immunopositive ones."""
        return 100.0 * self.immunopositive / self.total

    def objections(self, counts: Counts) -> list[str]:
        """Return how the counts differ by more than they may."""
        found = []
        if abs(counts.total - self.total) > self.total_off_percent / 100.0 * self.total:
            found.append(f"{counts.total} nuclei and not {self.total} within {self.total_off_percent:g} %")
        index = 100.0 * counts.immunopositive / counts.total if counts.total else 0.0
        if abs(index - self.index_percent) > self.index_off_points:
            wanted = f"{self.index_percent:.1f} within {self.index_off_points:g} points"
            found.append(f"index {index:.1f} % and not {wanted}")
        return found


TRUTH = Truth(immunopositive=40, immunonegative=390)
"""Version 1.1 finds 423 nuclei with an index of 10.6 %, version 1.0 446 with 10.5 %."""


class CheckError(Exception):
    """The installation does not score as it should; the message says what was seen."""


def check(client: Ki67Client, wait_s: float) -> str:
    """Score the field and return what was found in a sentence; raises CheckError or ApiError."""
    deadline = time.monotonic() + wait_s
    _wait_until_ready(client, deadline)
    analysis = _scored(client, deadline)
    client.delete(analysis.id)
    counts = analysis.counts
    if counts is None:
        raise CheckError(f"the analysis {analysis.status}: {analysis.problem}")
    if objections := TRUTH.objections(counts):
        raise CheckError("; ".join(objections))
    return (
        f"{counts.total} nuclei found and {TRUTH.total} drawn, "
        f"index {analysis.index_percent:.1f} and {TRUTH.index_percent:.1f} %"
    )


def _wait_until_ready(client: Ki67Client, deadline: float) -> None:
    while not client.is_ready():
        if time.monotonic() > deadline:
            raise CheckError("the gateway is not ready")
        time.sleep(_PAUSE_S)


def _scored(client: Ki67Client, deadline: float) -> Analysis:
    (item,) = client.analyse([Upload(FIELD.name, FIELD.read_bytes())], {"mpp": f"{MPP:g}"}, _WAIT_S)
    if item.analysis is None:
        raise CheckError(f"the field was refused: {item.problem}")
    analysis = item.analysis
    while not analysis.is_settled:
        if time.monotonic() > deadline:
            raise CheckError(f"the field is still {analysis.status}")
        time.sleep(_PAUSE_S)
        analysis = client.analysis(analysis.id, nuclei=False)
    return analysis


def main(arguments: list[str]) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m client.check", description=__doc__)
    parser.add_argument("url", nargs="?", help="the gateway; default: KI67_URL, or the one of this machine")
    parser.add_argument("--wait", type=float, default=300.0, metavar="SECONDS", help="for all of it")
    parser.add_argument(
        "--ready", action="store_true", help="ask only whether the gateway takes images, once"
    )
    chosen = parser.parse_args(arguments)
    settings = ClientSettings()
    url = chosen.url or settings.url
    try:
        if chosen.ready:
            return _is_ready(url)
        with Ki67Client(url, settings.read_key(), Patience(answer_s=30.0)) as client:
            sys.stdout.write(f"{check(client, chosen.wait)}\n")
    except (ApiError, CheckError, NoKeyError) as error:
        sys.stderr.write(f"check: {error}\n")
        return 1
    return 0


def _is_ready(url: str) -> int:
    with Ki67Client(url, "none") as client:
        return 0 if client.is_ready() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
