/** A review as it is being written, and what is sent of it. */
import type { Category, Opinion, ReviewIn } from "./documents";
import { countsOf, EMPTY, type Tally } from "./tally";

export type By = "counts" | "category";

export interface Draft {
  by: By;
  tally: Tally;
  category: Category | null;
  agreement: Opinion | null;
  comment: string;
}

export const EMPTY_DRAFT: Draft = {
  by: "counts",
  tally: EMPTY,
  category: null,
  agreement: null,
  comment: "",
};

/** Return what the interface takes; null while it says nothing that could be compared. */
export function reviewOf(draft: Draft): ReviewIn | null {
  const counts = draft.by === "counts" ? countsOf(draft.tally) : null;
  if (!counts && !draft.category && !draft.agreement) return null;
  if (!counts && hasHalfCounts(draft)) return null;
  return {
    immunopositive: counts?.immunopositive ?? null,
    immunonegative: counts?.immunonegative ?? null,
    category: draft.category,
    agreement: draft.agreement,
    comment: draft.comment.trim(),
  };
}

/** Tell whether one of the two counts was typed and the other was not. */
export function hasHalfCounts({ by, tally }: Draft): boolean {
  const { immunopositive, immunonegative } = tally.typed;
  return by === "counts" && countsOf(tally) === null && (immunopositive !== null || immunonegative !== null);
}
