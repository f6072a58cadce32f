import { describe, expect, it } from "vitest";
import { EMPTY_DRAFT, hasHalfCounts, reviewOf } from "./draft";
import { counted, EMPTY, said } from "./tally";

describe("a review being written", () => {
  it("cannot be given while it says nothing", () => {
    expect(reviewOf(EMPTY_DRAFT)).toBeNull();
    expect(reviewOf({ ...EMPTY_DRAFT, comment: "Fine." })).toBeNull();
  });

  it("sends counts, and a category only where one was chosen", () => {
    const draft = { ...EMPTY_DRAFT, tally: counted(EMPTY, "immunopositive"), comment: " Edge. " };
    expect(reviewOf(draft)).toEqual({
      immunopositive: 1,
      immunonegative: 0,
      category: null,
      agreement: null,
      comment: "Edge.",
    });
  });

  it("leaves the counts out where only a category is given", () => {
    const draft = {
      ...EMPTY_DRAFT,
      by: "category" as const,
      category: "high" as const,
      tally: counted(EMPTY, "immunopositive"),
    };
    expect(reviewOf(draft)).toMatchObject({ immunopositive: null, category: "high" });
  });

  it("waits for the second count rather than send none", () => {
    const half = { ...EMPTY_DRAFT, tally: said(EMPTY, "immunopositive", 3), agreement: "agree" as const };
    expect([hasHalfCounts(half), reviewOf(half)]).toEqual([true, null]);
  });
});
