/** Corrections by hand: what was changed relative to the model's nuclei, and every step that can be undone. */
import type { MarkKind } from "../viewer/marks";

export interface Added {
  x: number;
  y: number;
  class: MarkKind;
}

export interface Edits {
  removed: number[];
  relabelled: { nucleus: number; class: MarkKind }[];
  added: Added[];
}

/** A nucleus of the model by its place in the list, or an added one by its place among those. */
export type Target = { of: "model"; place: number } | { of: "added"; place: number };

export const NO_EDITS: Edits = { removed: [], relabelled: [], added: [] };

export function isUntouched(edits: Edits): boolean {
  return edits.removed.length + edits.relabelled.length + edits.added.length === 0;
}

/** Add a nucleus; a tenth of a pixel is exact enough. */
export function add(edits: Edits, x: number, y: number, kind: MarkKind): Edits {
  return { ...edits, added: [...edits.added, { x: tenths(x), y: tenths(y), class: kind }] };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Remove a nucleus; one that was removed comes back, one that was added is forgotten. */
export function remove(edits: Edits, target: Target): Edits {
  const { place } = target;
  if (target.of === "added") return { ...edits, added: edits.added.filter((_, other) => other !== place) };
  if (edits.removed.includes(place))
    return { ...edits, removed: edits.removed.filter((other) => other !== place) };
  return {
    ...edits,
    removed: [...edits.removed, place],
    relabelled: edits.relabelled.filter((each) => each.nucleus !== place),
  };
}

/** Give a nucleus the other class; back to the model's class it counts as untouched. */
export function relabel(edits: Edits, target: Target, kinds: readonly MarkKind[]): Edits {
  const { place } = target;
  if (target.of === "added") {
    const turned = (each: Added) => ({ ...each, class: other(each.class) });
    return { ...edits, added: edits.added.map((each, at) => (at === place ? turned(each) : each)) };
  }
  if (edits.removed.includes(place)) return edits;
  const rest = edits.relabelled.filter((each) => each.nucleus !== place);
  if (rest.length < edits.relabelled.length) return { ...edits, relabelled: rest };
  return { ...edits, relabelled: [...rest, { nucleus: place, class: other(kinds[place] as MarkKind) }] };
}

export function other(kind: MarkKind): MarkKind {
  return kind === "immunopositive" ? "immunonegative" : "immunopositive";
}

/** Count what the corrected layer holds: `[immunopositive, immunonegative]`. */
export function countCorrected(kinds: readonly MarkKind[], edits: Edits): [number, number] {
  const removed = new Set(edits.removed);
  const classes = new Map(edits.relabelled.map((each) => [each.nucleus, each.class]));
  const kept = kinds.flatMap((kind, place) => (removed.has(place) ? [] : [classes.get(place) ?? kind]));
  const all = [...kept, ...edits.added.map((each) => each.class)];
  const positive = all.filter((kind) => kind === "immunopositive").length;
  return [positive, all.length - positive];
}

/** States before and after the present one. */
export interface History {
  past: Edits[];
  present: Edits;
  future: Edits[];
}

const MOST_STEPS = 200;

export function begin(present: Edits): History {
  return { past: [], present, future: [] };
}

export function step(history: History, present: Edits): History {
  return { past: [...history.past, history.present].slice(-MOST_STEPS), present, future: [] };
}

export function undo({ past, present, future }: History): History {
  const before = past.at(-1);
  return before
    ? { past: past.slice(0, -1), present: before, future: [present, ...future] }
    : { past, present, future };
}

export function redo({ past, present, future }: History): History {
  const [next, ...rest] = future;
  return next ? { past: [...past, present], present: next, future: rest } : { past, present, future };
}
