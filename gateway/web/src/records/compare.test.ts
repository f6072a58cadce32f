import { describe, expect, it, vi } from "vitest";
import { comparisonRows, intervalsOverlap } from "./compare";
import type { Result } from "./useComparison";

vi.stubGlobal("navigator", { languages: ["en-GB"] });

const record = (index: number | null, interval: [number, number] | null, total = 100) =>
  ({
    counts: { immunopositive: 10, immunonegative: total - 10, total },
    index_percent: index,
    index_interval_percent: interval,
    category: index === null ? null : "low",
    correction: null,
    scale: { mpp: 0.25, source: "request" },
    thresholds: { probability: 0.5, min_area_um2: 8, category_boundaries_percent: [10, 20] },
    model: { name: "ki67", version: "1.1", weights_sha256: null },
  }) as unknown as Result;

describe("a comparison", () => {
  it("subtracts the first from the second", () => {
    const rows = comparisonRows(record(10, [8, 12]), record(12.5, [11, 14], 130));
    expect(rows[0]).toEqual({
      name: "Index",
      first: "10.0%",
      second: "12.5%",
      difference: "+2.5 points",
    });
    expect(rows.find((row) => row.name === "All nuclei")?.difference).toBe("+30");
    expect(rows.at(-1)).toEqual({ name: "Model version", first: "1.1", second: "1.1", difference: "" });
  });

  it("says nothing of what is missing", () => {
    const rows = comparisonRows(record(null, null), record(12, [11, 13]));
    expect([rows[0]?.first, rows[0]?.difference]).toEqual(["–", ""]);
    expect(rows[2]?.difference).toBe("differs");
  });

  it("tells whether intervals overlap", () => {
    expect(intervalsOverlap(record(10, [8, 12]), record(13, [12, 15]))).toBe(true);
    expect(intervalsOverlap(record(10, [8, 12]), record(20, [17, 22]))).toBe(false);
    expect(intervalsOverlap(record(10, null), record(20, [17, 22]))).toBeNull();
  });

  it("takes the corrected layer that belongs to the result", () => {
    const corrected = record(10, [8, 12]);
    const layer = { ...record(30, [25, 35]), stale: false };
    const stale = { ...record(30, [25, 35]), stale: true };
    expect(comparisonRows({ ...corrected, correction: layer } as never, corrected)[0]?.first).toBe("30.0%");
    expect(comparisonRows({ ...corrected, correction: stale } as never, corrected)[0]?.first).toBe("10.0%");
  });
});
