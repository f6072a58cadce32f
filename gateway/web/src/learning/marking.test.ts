import { describe, expect, it } from "vitest";
import { added, countOf, MOST_MARKS, NOTHING, type Point, removed, sentMarks, undone } from "./marking";

const point = (x: number, kind: Point["kind"] = "immunopositive"): Point => ({ x, y: 5, kind });
const add = (...points: Point[]) => points.reduce((state, each) => added(state, each, 100, 100), NOTHING);

describe("marks", () => {
  it("are added, counted by class and sent", () => {
    const state = add(point(1.23456), point(2, "immunonegative"));
    expect([countOf(state, "immunopositive"), countOf(state, "immunonegative")]).toEqual([1, 1]);
    expect(sentMarks(state)[0]).toEqual({ x: 1.23, y: 5, class: "immunopositive" });
  });

  it("lie inside the image, and are bounded", () => {
    expect(add(point(-1), point(99.5), point(99.4)).marks).toEqual([point(99.4)]);
    const full = { marks: Array.from({ length: MOST_MARKS }, () => point(1)), steps: [] };
    expect(added(full, point(2), 100, 100)).toBe(full);
  });

  it("come back where they were when a removal is undone", () => {
    const state = add(point(1), point(2), point(3));
    const without = removed(state, 1);
    expect(without.marks).toEqual([point(1), point(3)]);
    expect(undone(without).marks).toEqual(state.marks);
  });

  it("undo to the very beginning, and no further", () => {
    const state = undone(undone(undone(removed(add(point(1), point(2)), 0))));
    expect(state).toEqual(NOTHING);
    expect(undone(state)).toBe(state);
    expect(removed(state, 0)).toBe(state);
  });
});
