/** Whether the service can be reached, as far as is known: the device's own word, and requests that got nowhere. */
import { signal } from "@preact/signals";

const PROBE_PAUSE_MS = 5_000;
const PROBE_PATIENCE_MS = 5_000;
const PROBED = "/api/v1/auth/methods";
/** What stands before the service says so in its place. */
const AWAY = new Set([502, 503, 504]);

export const online = signal(navigator.onLine);
let isProbing = false;

/** Follow the device's word from now on. */
export function followConnection(): void {
  for (const name of ["online", "offline"]) {
    window.addEventListener(name, () => {
      online.value = navigator.onLine;
    });
  }
}

/** A request got nowhere: ask whether the service is there at all, until it is. */
export function suspectConnection(): void {
  if (isProbing) return;
  isProbing = true;
  void probe();
}

async function probe(): Promise<void> {
  const isThere = navigator.onLine && (await answers());
  online.value = isThere;
  isProbing = !isThere;
  if (!isThere) setTimeout(() => void probe(), PROBE_PAUSE_MS);
}

async function answers(): Promise<boolean> {
  try {
    const { status } = await fetch(PROBED, {
      cache: "no-store",
      signal: AbortSignal.timeout(PROBE_PATIENCE_MS),
    });
    return !AWAY.has(status);
  } catch {
    return false;
  }
}
