/** Places of a line chart's points, in the units of its drawing. */

export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Values at the bottom and at the top. */
  range: [number, number];
}

export interface Place {
  x: number;
  y: number;
}

/** Return where each value lies, evenly from left to right; null where there is none. */
export function placesOf(values: (number | null)[], plot: Plot): (Place | null)[] {
  const step = values.length > 1 ? plot.width / (values.length - 1) : 0;
  const start = values.length > 1 ? plot.left : plot.left + plot.width / 2;
  return values.map((value, index) => (value === null ? null : { x: start + index * step, y: heightOf(value, plot) }));
}

/** Return how far down a value lies; what is out of range lies at its edge. */
export function heightOf(value: number, plot: Plot): number {
  const [low, high] = plot.range;
  const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
  return plot.top + plot.height * (1 - share);
}

/** Write a line through the places there are, as an SVG path. */
export function lineOf(places: (Place | null)[]): string {
  const known = places.filter((place) => place !== null);
  return known.map((place, index) => `${index ? "L" : "M"}${place.x.toFixed(1)} ${place.y.toFixed(1)}`).join("");
}

/** Return a symmetric range that holds all differences: at least 10 points, then the next five. */
export function differenceRange(values: (number | null)[]): [number, number] {
  const largest = Math.max(10, ...values.map((value) => Math.abs(value ?? 0)));
  const edge = Math.ceil(largest / 5) * 5;
  return [-edge, edge];
}
