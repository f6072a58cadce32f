/** A symmetric axis for differences: zero in the middle, round steps, nothing cut off. */

export interface Scale {
  most: number;
  ticks: number[];
}

const ROUND = [1, 2, 5, 10, 20, 25, 50, 100];

/** Return the axis that shows all these values. */
export function scaleFor(values: number[]): Scale {
  const largest = Math.max(1, ...values.map(Math.abs));
  const step = ROUND.find((each) => each * 2 >= largest) ?? 100;
  const most = Math.ceil(largest / step) * step;
  const ticks = [];
  for (let tick = -most; tick <= most; tick += step) ticks.push(tick);
  return { most, ticks };
}

/** Return where a value lies between 0 (the axis' left end) and 1. */
export function placeOn(scale: Scale, value: number): number {
  return (value + scale.most) / (2 * scale.most);
}
