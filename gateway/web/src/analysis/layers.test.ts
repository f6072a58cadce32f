import { describe, expect, it } from "vitest";
import { add, NO_EDITS, relabel, remove } from "./edits";
import { correctedMarks, modelMarks, type Nucleus, outlinesOf } from "./layers";

const nucleus = (x: number, name: "immunopositive" | "immunonegative"): Nucleus => ({
  x,
  y: 5,
  class: name,
  confidence: 0.9,
  area_um2: 50,
  dab_density: 0.1,
});
const NUCLEI = [nucleus(10, "immunopositive"), nucleus(20, "immunonegative")];

it("takes outlines from the corner of a pixel to its centre, and opens them", () => {
  const ring = [
    [1, 1],
    [3, 1],
    [3, 3],
    [1, 1],
  ];
  const outlines = outlinesOf({ features: [{ geometry: { coordinates: [ring] } }] });
  expect(outlines[0]).toEqual([
    [0.5, 0.5],
    [2.5, 0.5],
    [2.5, 2.5],
  ]);
});

describe("marks", () => {
  it("are the model's nuclei in their order", () => {
    expect(modelMarks(NUCLEI, []).marks.map((mark) => [mark.x, mark.kind])).toEqual([
      [10, "immunopositive"],
      [20, "immunonegative"],
    ]);
  });
  it("sign every change", () => {
    const kinds = NUCLEI.map((each) => each.class);
    const removed = remove(NO_EDITS, { of: "model", place: 0 });
    const edits = add(relabel(removed, { of: "model", place: 1 }, kinds), 30, 5, "immunonegative");
    const shown = correctedMarks(NUCLEI, [], edits, 0.25);
    expect(shown.marks.map((mark) => [mark.x, mark.kind, mark.state])).toEqual([
      [10, "immunopositive", "removed"],
      [20, "immunopositive", "relabelled"],
      [30, "immunonegative", "added"],
    ]);
    expect(shown.targets[2]).toEqual({ of: "added", place: 0 });
  });
});
