/** Index and 95 % interval on a line, with the boundaries of the categories. */
import { percent } from "../format";
import { strings } from "../strings";
import type { Interval } from "./score";

const words = strings.analysis;
const WIDTH = 320;
const LEAST_END_PERCENT = 40;

interface IntervalBarProps {
  index: number;
  interval: Interval;
  boundaries: Interval;
}

export function IntervalBar({ index, interval, boundaries }: IntervalBarProps) {
  const [low, high] = interval;
  const said = words.interval(percent(low), percent(high));
  const end = Math.min(100, Math.max(LEAST_END_PERCENT, high * 1.15, boundaries[1] * 1.5));
  const at = (value: number) => Math.min(WIDTH, (value / end) * WIDTH);
  const parts = [0, boundaries[0], boundaries[1], end];
  const names = ["low", "borderline", "high"] as const;
  return (
    <figure class="interval">
      <figcaption class="small">{said}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} 42`} aria-hidden="true">
        {names.map((name, place) => {
          const [from, to] = [at(parts[place] ?? 0), at(parts[place + 1] ?? end)];
          return (
            <rect
              key={name}
              class={name}
              x={from}
              y="10"
              width={Math.max(0, to - from - 2)}
              height="10"
              rx="2"
            />
          );
        })}
        {boundaries.map((boundary) => (
          <text key={boundary} x={at(boundary) - 1} y="38" text-anchor="middle">
            {percent(boundary, 0)}
          </text>
        ))}
        <line x1={at(low)} x2={at(high)} y1="15" y2="15" />
        <line x1={at(low)} x2={at(low)} y1="7" y2="23" />
        <line x1={at(high)} x2={at(high)} y1="7" y2="23" />
        <circle cx={at(index)} cy="15" r="6" />
      </svg>
    </figure>
  );
}
