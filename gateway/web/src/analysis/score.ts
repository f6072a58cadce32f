/** Counts in, index with interval and category out: as `handler/scoring.py`, so that an edit tells at once. */

export type Category = "low" | "borderline" | "high";
export type Interval = [number, number];

export interface Score {
  immunopositive: number;
  immunonegative: number;
  total: number;
  /** Null without nuclei; never 0 then. */
  indexPercent: number | null;
  intervalPercent: Interval | null;
  category: Category | null;
  isCertain: boolean | null;
}

const Z_95 = 1.959963984540054;

/** Score counts; without nuclei there is no index. */
export function scoreCounts(immunopositive: number, immunonegative: number, boundaries: Interval): Score {
  const total = immunopositive + immunonegative;
  const counts = { immunopositive, immunonegative, total };
  if (total === 0)
    return { ...counts, indexPercent: null, intervalPercent: null, category: null, isCertain: null };
  const index = (100 * immunopositive) / total;
  const interval = wilsonInterval(immunopositive, total);
  const [lowest, highest] = interval.map((end) => categorise(end, boundaries));
  return {
    ...counts,
    indexPercent: hundredths(index),
    intervalPercent: [hundredths(interval[0]), hundredths(interval[1])],
    category: categorise(index, boundaries),
    isCertain: lowest === highest,
  };
}

/** Below the first boundary low, above the second high, between them (inclusive) borderline. */
export function categorise(indexPercent: number, [lower, upper]: Interval): Category {
  if (indexPercent < lower) return "low";
  return indexPercent > upper ? "high" : "borderline";
}

/** The 95 % score interval of a share in percent (Wilson 1927); `total` is at least 1. */
export function wilsonInterval(successes: number, total: number): Interval {
  const share = successes / total;
  const z2ByN = Z_95 ** 2 / total;
  const centre = (share + z2ByN / 2) / (1 + z2ByN);
  const half = Math.sqrt(z2ByN * (share * (1 - share) + z2ByN / 4)) / (1 + z2ByN);
  return [successes === 0 ? 0 : 100 * (centre - half), successes === total ? 100 : 100 * (centre + half)];
}

/** Two decimals, as the interface writes them. */
function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
