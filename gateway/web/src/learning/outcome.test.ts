import { describe, expect, it } from "vitest";
import { type Annotation, marksOf, STATES } from "./outcome";

const outcome = {
  right: [{ x: 1, y: 1, class: "immunopositive", mark: 0, marked_as: "immunopositive", distance_um: 0 }],
  mislabelled: [{ x: 2, y: 2, class: "immunonegative", mark: 1, marked_as: "immunopositive", distance_um: 1 }],
  missed: [{ x: 3, y: 3, class: "immunonegative" }],
  invented: [{ x: 4, y: 4, class: "immunopositive", mark: 2 }],
} as Annotation["outcome"];

describe("an outcome", () => {
  it("becomes marks with their states", () => {
    const marks = marksOf(outcome, new Set(STATES));
    expect(marks.map((mark) => [mark.x, mark.state])).toEqual([
      [1, "right"],
      [3, "missed"],
      [4, "invented"],
      [2, "mislabelled"],
    ]);
  });

  it("is told in words", () => {
    const [mark] = marksOf(outcome, new Set(["mislabelled"] as const));
    expect(mark?.words).toBe("Mislabelled: this nucleus is immunonegative, you marked it immunopositive.");
  });

  it("shows only what is asked for", () => {
    expect(marksOf(outcome, new Set())).toEqual([]);
  });
});
