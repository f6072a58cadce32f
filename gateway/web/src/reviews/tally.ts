/**
 * A tally of nuclei, kept while somebody looks: steps, each of which can be taken back.
 *
 * What was typed is where the steps start from; a step may know its place in the picture.
 */
import type { Mark } from "../viewer/marks";

export type Kind = Mark["kind"];

export interface Step {
  kind: Kind;
  at: { x: number; y: number } | null;
}

export interface Tally {
  typed: Record<Kind, number | null>;
  steps: Step[];
}

export const EMPTY: Tally = { typed: { immunopositive: null, immunonegative: null }, steps: [] };

/** Count one nucleus more. */
export function counted(tally: Tally, kind: Kind, at: Step["at"] = null): Tally {
  return { ...tally, steps: [...tally.steps, { kind, at }] };
}

/** Take the last one back. */
export function undone(tally: Tally): Tally {
  return { ...tally, steps: tally.steps.slice(0, -1) };
}

/** Say a count by hand: it stands, whatever was tallied of this kind before. */
export function said(tally: Tally, kind: Kind, count: number | null): Tally {
  return {
    typed: { ...tally.typed, [kind]: count },
    steps: tally.steps.filter((step) => step.kind !== kind),
  };
}

/** Return how many there are of a kind; null where nothing was said of it. */
export function countOf(tally: Tally, kind: Kind): number | null {
  const steps = tally.steps.filter((step) => step.kind === kind).length;
  const typed = tally.typed[kind];
  return steps === 0 ? typed : (typed ?? 0) + steps;
}

/** Return both counts; one kind alone counts as none of the other once something was tallied; null: neither. */
export function countsOf(tally: Tally): { immunopositive: number; immunonegative: number } | null {
  const [positive, negative] = [countOf(tally, "immunopositive"), countOf(tally, "immunonegative")];
  if (positive === null && negative === null) return null;
  if (tally.steps.length === 0 && (positive === null || negative === null)) return null;
  return { immunopositive: positive ?? 0, immunonegative: negative ?? 0 };
}

/** Return the share of positive ones in percent; null where nothing was counted. */
export function indexOf(counts: { immunopositive: number; immunonegative: number } | null): number | null {
  const total = counts ? counts.immunopositive + counts.immunonegative : 0;
  return counts && total > 0 ? (100 * counts.immunopositive) / total : null;
}

/** Return the marks of the nuclei whose place is known. */
export function marksOf(tally: Tally): Mark[] {
  return tally.steps.flatMap(({ kind, at }) => (at ? [{ ...at, kind }] : []));
}
