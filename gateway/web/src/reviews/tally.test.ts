import { describe, expect, it } from "vitest";
import { counted, countOf, countsOf, EMPTY, indexOf, marksOf, said, undone } from "./tally";

const POSITIVE = "immunopositive";
const NEGATIVE = "immunonegative";

describe("a tally", () => {
  it("counts up, and takes the last one back", () => {
    const three = counted(counted(counted(EMPTY, POSITIVE), NEGATIVE), NEGATIVE);
    expect(countsOf(three)).toEqual({ immunopositive: 1, immunonegative: 2 });
    expect(countsOf(undone(three))).toEqual({ immunopositive: 1, immunonegative: 1 });
  });

  it("has said nothing at first, nor once all is taken back", () => {
    expect(countsOf(EMPTY)).toBeNull();
    expect(countsOf(undone(counted(EMPTY, POSITIVE)))).toBeNull();
    expect(countsOf(undone(EMPTY))).toBeNull();
  });

  it("goes on from what was typed", () => {
    const typed = said(said(EMPTY, POSITIVE, 10), NEGATIVE, 30);
    expect(countsOf(counted(typed, POSITIVE))).toEqual({ immunopositive: 11, immunonegative: 30 });
  });

  it("lets what is typed stand over what was tallied of that kind", () => {
    const typed = said(counted(counted(EMPTY, POSITIVE), NEGATIVE), POSITIVE, 7);
    expect([countOf(typed, POSITIVE), countOf(typed, NEGATIVE)]).toEqual([7, 1]);
  });

  it("needs both counts where they are typed", () => {
    expect(countsOf(said(EMPTY, POSITIVE, 3))).toBeNull();
    expect(countsOf(said(said(EMPTY, POSITIVE, 3), NEGATIVE, 0))).toEqual({
      immunopositive: 3,
      immunonegative: 0,
    });
  });

  it("has an index only of something", () => {
    expect(indexOf(null)).toBeNull();
    expect(indexOf({ immunopositive: 0, immunonegative: 0 })).toBeNull();
    expect(indexOf({ immunopositive: 1, immunonegative: 3 })).toBe(25);
  });

  it("marks the nuclei that were tapped in the picture", () => {
    const tapped = counted(counted(EMPTY, POSITIVE), NEGATIVE, { x: 3, y: 4 });
    expect(marksOf(tapped)).toEqual([{ x: 3, y: 4, kind: NEGATIVE }]);
  });
});
