/** How far the queue is, for the frame: a signal that costs nothing until somebody scores. */
import { signal } from "@preact/signals";

export interface Progress {
  /** Outcomes known, of all that were run. */
  settled: number;
  total: number;
  held: number;
}

/** null where nothing runs. */
export const progress = signal<Progress | null>(null);
