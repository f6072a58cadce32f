import { describe, expect, it } from "vitest";
import { differenceRange, lineOf, placesOf } from "./chart";

const plot = { left: 10, top: 0, width: 100, height: 50, range: [0, 1] as [number, number] };

describe("a chart", () => {
  it("spreads values from left to right, high ones at the top", () => {
    expect(placesOf([0, 1, 0.5], plot)).toEqual([
      { x: 10, y: 50 },
      { x: 60, y: 0 },
      { x: 110, y: 25 },
    ]);
  });

  it("puts a lone value in the middle, and one out of range at the edge", () => {
    expect(placesOf([2], plot)).toEqual([{ x: 60, y: 0 }]);
  });

  it("draws its line past what is missing", () => {
    expect(lineOf(placesOf([0, null, 1], plot))).toBe("M10.0 50.0L110.0 0.0");
    expect(lineOf(placesOf([null], plot))).toBe("");
  });

  it("shows differences on both sides of zero", () => {
    expect(differenceRange([])).toEqual([-10, 10]);
    expect(differenceRange([3, null, -21])).toEqual([-25, 25]);
  });
});
