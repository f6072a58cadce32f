import { describe, expect, it } from "vitest";
import { placeOn, scaleFor } from "./chartScale";

describe("an axis of differences", () => {
  it.each([
    [[], 1],
    [[0.3], 1],
    [[-4.1, 2], 5],
    [[12, -18], 20],
    [[-47.5], 50],
    [[99.9, -100], 100],
  ])("holds all values: %j", (values, most) => {
    const scale = scaleFor(values);
    expect(scale.most).toBeGreaterThanOrEqual(most);
    for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(scale.most);
    expect(scale.ticks).toContain(0);
    expect(scale.ticks.length).toBeLessThanOrEqual(9);
  });

  it("has zero in the middle", () => {
    const scale = scaleFor([7]);
    expect([placeOn(scale, 0), placeOn(scale, -scale.most), placeOn(scale, scale.most)]).toEqual([0.5, 0, 1]);
  });
});
