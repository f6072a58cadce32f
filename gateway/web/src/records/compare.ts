/** Two results side by side: rows of figures with the second's difference to the first. */
import { count, decimal, percent, points } from "../format";
import { strings } from "../strings";
import type { Result } from "./useComparison";

const words = strings.records;

export interface Row {
  name: string;
  first: string;
  second: string;
  /** Second minus first; empty where nothing can be subtracted. */
  difference: string;
}

type Figures = Pick<Result, "counts" | "index_percent" | "index_interval_percent" | "category">;

/** Take the corrected layer where one belongs to this result. */
export function figuresOf(record: Result): Figures {
  const correction = record.correction;
  return correction && !correction.stale ? correction : record;
}

/** Return what is compared, in the order it is shown. */
export function comparisonRows(a: Result, b: Result): Row[] {
  const [first, second] = [figuresOf(a), figuresOf(b)];
  const counted = (name: "immunopositive" | "immunonegative" | "total", label: string) =>
    row(label, first.counts?.[name], second.counts?.[name], count, signedCount);
  return [
    row(words.index, first.index_percent, second.index_percent, percent, (value) => words.points(points(value))),
    textRow(words.intervalName, intervalOf(first), intervalOf(second)),
    textRow(words.category, categoryOf(first), categoryOf(second)),
    counted("immunopositive", strings.classes.immunopositive),
    counted("immunonegative", strings.classes.immunonegative),
    counted("total", words.total),
    row(words.scale, a.scale?.mpp, b.scale?.mpp, scaleText, (value) => points(value, 3)),
    row(words.probability, a.thresholds?.probability, b.thresholds?.probability, decimal, (value) =>
      points(value, 2),
    ),
    textRow(words.version, a.model.version, b.model.version),
  ];
}

/** Tell whether the two 95 % intervals have a value in common; null where one is missing. */
export function intervalsOverlap(a: Result, b: Result): boolean | null {
  const [first, second] = [figuresOf(a).index_interval_percent, figuresOf(b).index_interval_percent];
  if (!first || !second) return null;
  return first[0] <= second[1] && second[0] <= first[1];
}

function row(
  name: string,
  first: number | null | undefined,
  second: number | null | undefined,
  write: (value: number) => string,
  writeDifference: (value: number) => string,
): Row {
  const isKnown = (value: number | null | undefined): value is number => value !== null && value !== undefined;
  const text = (value: number | null | undefined) => (isKnown(value) ? write(value) : "–");
  const difference = isKnown(first) && isKnown(second) ? writeDifference(second - first) : "";
  return { name, first: text(first), second: text(second), difference };
}

function textRow(name: string, first: string, second: string): Row {
  return { name, first, second, difference: first === second ? "" : words.differs };
}

function intervalOf(figures: Figures): string {
  const interval = figures.index_interval_percent;
  return interval ? words.interval(percent(interval[0]), percent(interval[1])) : "–";
}

function categoryOf(figures: Figures): string {
  return figures.category ? strings.categories[figures.category] : "–";
}

function signedCount(value: number): string {
  return points(value, 0);
}

function scaleText(mpp: number): string {
  return words.mpp(decimal(mpp, 3));
}
