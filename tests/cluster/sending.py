"""Runs in a pod of the cluster, alone: sends images all the time and writes a JSON line for each.

    python sending.py URL FOLDER CLIENTS

Every image goes over a connection of its own, so that each may meet another gateway. One that gets no answer,
or one that says "later", is sent again with the same Idempotency-Key; the line says how often. Ends when
/tmp/stop is there.
"""

import itertools
import json
import os
import sys
import threading
import time
import uuid
from pathlib import Path

import httpx2

LATER = {408, 409, 425, 429, 500, 502, 503, 504}
TRIES = 180
PAUSE_S = 1.0
STOP = Path("/tmp/stop")  # noqa: S108 - the pod's own


def send(url: str, key: str, image: Path) -> dict[str, object]:
    """Send until an answer comes; return what became of it."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex, "Connection": "close"}
    begun, why = time.time(), []
    for _ in range(TRIES):
        try:
            answer = httpx2.post(
                f"{url}/api/v1/analyses",
                data={"mpp": "0.5", "wait": "60"},
                files={"images": (image.name, image.read_bytes())},
                headers=headers,
                timeout=120,
            )
        except httpx2.TransportError as error:
            why.append(type(error).__name__)
        else:
            if answer.status_code not in LATER:
                return {"sent_at": begun, "seconds": time.time() - begun, "again": why, **told(answer)}
            why.append(str(answer.status_code))
        time.sleep(PAUSE_S)
    return {"sent_at": begun, "seconds": time.time() - begun, "again": why, "status": 0}


def told(answer: httpx2.Response) -> dict[str, object]:
    """Return what the answer says of its one image."""
    (item,) = answer.json().get("items") or [{}]
    analysis = item.get("analysis") or {}
    return {
        "status": answer.status_code,
        "id": analysis.get("id"),
        "result": analysis.get("status"),
        "version": (analysis.get("model") or {}).get("version"),
    }


def main(url: str, folder: str, clients: str) -> None:
    """Send from several threads until told to stop."""
    key = Path(os.environ["KI67_API_KEY_FILE"]).read_text(encoding="utf-8").strip()
    images = itertools.cycle(sorted(Path(folder).glob("*.png")))
    lock = threading.Lock()

    def work() -> None:
        while not STOP.exists():
            with lock:
                image = next(images)
            line = json.dumps(send(url, key, image))
            with lock:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()

    threads = [threading.Thread(target=work) for _ in range(int(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
