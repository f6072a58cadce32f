import { describe, expect, it } from "vitest";
import { scoreCounts } from "./score";

/** Made by `score_to_answer(score_counts(…, (10, 20)))` of the handler. */
const OF_HANDLER: [number, number, number | null, [number, number] | null, string | null, boolean | null][] =
  [
    [0, 0, null, null, null, null],
    [0, 1, 0.0, [0.0, 79.35], "low", false],
    [1, 0, 100.0, [20.65, 100.0], "high", true],
    [60, 239, 20.07, [15.92, 24.97], "high", false],
    [5, 95, 5.0, [2.15, 11.18], "low", false],
    [10, 90, 10.0, [5.52, 17.44], "borderline", false],
    [20, 80, 20.0, [13.34, 28.88], "borderline", false],
    [1, 9, 10.0, [1.79, 40.42], "borderline", false],
    [0, 500, 0.0, [0.0, 0.76], "low", true],
    [500, 0, 100.0, [99.24, 100.0], "high", true],
    [52, 448, 10.4, [8.02, 13.38], "borderline", false],
    [1234, 5678, 17.85, [16.97, 18.77], "borderline", true],
    [3, 11, 21.43, [7.57, 47.59], "high", false],
  ];

describe("a score", () => {
  it.each(OF_HANDLER)("of %i positive and %i negative is the handler's", (...row) => {
    const [positive, negative, index, interval, category, certain] = row;
    const score = scoreCounts(positive, negative, [10, 20]);
    expect([score.indexPercent, score.intervalPercent, score.category, score.isCertain]).toEqual([
      index,
      interval,
      category,
      certain,
    ]);
  });
});
