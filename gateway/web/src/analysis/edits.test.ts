import { describe, expect, it } from "vitest";
import type { MarkKind } from "../viewer/marks";
import {
  add,
  begin,
  countCorrected,
  isUntouched,
  NO_EDITS,
  redo,
  relabel,
  remove,
  step,
  undo,
} from "./edits";

const KINDS: MarkKind[] = ["immunopositive", "immunonegative", "immunonegative"];
const first = { of: "model", place: 0 } as const;
const firstAdded = { of: "added", place: 0 } as const;

describe("corrections", () => {
  it("count what is added", () => {
    expect(countCorrected(KINDS, add(NO_EDITS, 1, 2, "immunopositive"))).toEqual([2, 2]);
  });
  it("count what is removed, and bring it back", () => {
    const removed = remove(NO_EDITS, first);
    expect(countCorrected(KINDS, removed)).toEqual([0, 2]);
    expect(isUntouched(remove(removed, first))).toBe(true);
  });
  it("relabel there and back", () => {
    const turned = relabel(NO_EDITS, first, KINDS);
    expect([turned.relabelled, countCorrected(KINDS, turned)]).toEqual([
      [{ nucleus: 0, class: "immunonegative" }],
      [0, 3],
    ]);
    expect(isUntouched(relabel(turned, first, KINDS))).toBe(true);
  });
  it("never name a nucleus twice", () => {
    const edits = remove(relabel(NO_EDITS, first, KINDS), first);
    expect([edits.removed, edits.relabelled]).toEqual([[0], []]);
    expect(relabel(edits, first, KINDS)).toEqual(edits);
  });
  it("change and forget what was added", () => {
    const edits = relabel(add(NO_EDITS, 1.234, 2, "immunopositive"), firstAdded, KINDS);
    expect(edits.added).toEqual([{ x: 1.2, y: 2, class: "immunonegative" }]);
    expect(isUntouched(remove(edits, firstAdded))).toBe(true);
  });
});

describe("a history", () => {
  const one = remove(NO_EDITS, first);
  it("goes back and forth", () => {
    const after = step(begin(NO_EDITS), one);
    expect(undo(after).present).toBe(NO_EDITS);
    expect(redo(undo(after)).present).toBe(one);
  });
  it("forgets what was undone once something else is done", () => {
    expect(step(undo(step(begin(NO_EDITS), one)), add(NO_EDITS, 0, 0, "immunopositive")).future).toEqual([]);
  });
  it("stays where there is nothing", () => expect(undo(begin(one)).present).toBe(one));
});
