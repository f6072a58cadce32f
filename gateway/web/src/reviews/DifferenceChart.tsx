/** Differences of the index, a line a pair: mean and limits of agreement (Bland and Altman). */
import { useEffect, useRef, useState } from "preact/hooks";
import { points } from "../format";
import { strings } from "../strings";
import { placeOn, type Scale, scaleFor } from "./chartScale";
import type { PairAgreement } from "./documents";

const words = strings.reviews;
const SIDE = 24;
const ROW = 58;
const HEAD = 34;
const LINE = 38;

interface ChartProps {
  pairs: PairAgreement[];
  nameOf: (id: string) => string;
}

export function DifferenceChart({ pairs, nameOf }: ChartProps) {
  const shown = pairs.filter((pair) => pair.index.mean_difference_percent !== null);
  if (shown.length === 0) return null;
  const scale = scaleFor(
    shown.flatMap(({ index }) => [index.mean_difference_percent ?? 0, ...(index.limits_percent ?? [])]),
  );
  return (
    <section class="card">
      <div>
        <h2>{words.chartTitle}</h2>
        <p class="lead small">{words.chartLead}</p>
      </div>
      <Drawing pairs={shown} nameOf={nameOf} scale={scale} />
    </section>
  );
}

/** Drawn as wide as there is room, so that the letters keep their size. */
function Drawing({ pairs, nameOf, scale }: ChartProps & { scale: Scale }) {
  const [place, width] = useWidth();
  const height = HEAD + ROW * pairs.length;
  const at = (value: number) => SIDE + placeOn(scale, value) * (width - 2 * SIDE);
  return (
    <div ref={place}>
      <svg class="chart" width={width} height={height} role="img" aria-label={textOf(pairs, nameOf)}>
        <Axis scale={scale} at={at} height={height} />
        {pairs.map((pair, row) => (
          <PairLine
            key={`${pair.first} ${pair.second}`}
            pair={pair}
            name={`${nameOfPair(pair, nameOf)} (n = ${pair.index.n})`}
            at={at}
            y={HEAD + row * ROW + LINE}
          />
        ))}
      </svg>
    </div>
  );
}

function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(300);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    if (place.current) seen.observe(place.current);
    return () => seen.disconnect();
  }, []);
  return [place, width] as const;
}

type At = (value: number) => number;

function Axis({ scale, at, height }: { scale: Scale; at: At; height: number }) {
  return (
    <g>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? "zero" : "axis"} x1={at(tick)} x2={at(tick)} y1={HEAD - 8} y2={height} />
          <text x={at(tick)} y={16} text-anchor="middle">
            {points(tick, 0)}
          </text>
        </g>
      ))}
    </g>
  );
}

interface LineProps {
  pair: PairAgreement;
  name: string;
  at: At;
  y: number;
}

function PairLine({ pair, name, at, y }: LineProps) {
  const [low, high] = pair.index.limits_percent ?? [];
  return (
    <g>
      <text class="name" x={4} y={y - 16}>
        {name}
      </text>
      {low !== undefined && high !== undefined && (
        <path class="limits" d={`M${at(low)} ${y - 7}v14m0-7H${at(high)}m0-7v14`} fill="none" />
      )}
      <circle class="mean" cx={at(pair.index.mean_difference_percent ?? 0)} cy={y} r="6" />
    </g>
  );
}

function nameOfPair(pair: PairAgreement, nameOf: (id: string) => string): string {
  return words.pairName(nameOf(pair.first), nameOf(pair.second));
}

/** Say the chart in words. */
function textOf(pairs: PairAgreement[], nameOf: (id: string) => string): string {
  return pairs
    .map((pair) => {
      const [low, high] = pair.index.limits_percent ?? [];
      const mean = points(pair.index.mean_difference_percent ?? 0);
      const name = nameOfPair(pair, nameOf);
      return low === undefined || high === undefined
        ? words.chartOne(name, mean)
        : words.chartText(name, mean, points(low), points(high));
    })
    .join(" ");
}
