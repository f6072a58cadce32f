import { describe, expect, it } from "vitest";
import { type Mark, MarkIndex, type Point, thinned } from "./marks";

const at = (x: number, y: number): Mark => ({ x, y, kind: "immunopositive" });

describe("the nearest mark", () => {
  const index = new MarkIndex([at(10, 10), at(100, 10), at(104, 10)]);
  it("is found across cells", () => expect(index.nearest(70, 10, 40)).toBe(1));
  it("is the nearest of several", () => expect(index.nearest(103, 10, 40)).toBe(2));
  it("is none out of reach", () => expect(index.nearest(50, 50, 20)).toBeNull());
  it("is found with a reach wider than the field", () => expect(index.nearest(5000, 10, 1e6)).toBe(2));
});

describe("a thinned outline", () => {
  const circle = Array.from({ length: 100 }, (_, place): Point => [place, 0]);
  it("keeps its first corner and at most so many", () => {
    expect([thinned(circle, 8).length, thinned(circle, 8)[0], thinned(circle, 8)[4]]).toEqual([
      8,
      [0, 0],
      [50, 0],
    ]);
  });
  it("is left alone where it is short", () => expect(thinned(circle.slice(0, 5), 8)).toHaveLength(5));
});
