/** Differences of the index, a line a pair: mean and limits of agreement (Bland and Altman). */
import { points } from "../format";
import { strings } from "../strings";
import { placeOn, type Scale, scaleFor } from "./chartScale";
import type { PairAgreement } from "./documents";

const words = strings.reviews;
const WIDTH = 720;
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
  const height = HEAD + ROW * shown.length;
  return (
    <section class="card">
      <div>
        <h2>{words.chartTitle}</h2>
        <p class="lead small">{words.chartLead}</p>
      </div>
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={textOf(shown, nameOf)}>
        <Axis scale={scale} height={height} />
        {shown.map((pair, place) => (
          <PairLine key={nameOfPair(pair, nameOf)} pair={pair} nameOf={nameOf} scale={scale} place={place} />
        ))}
      </svg>
    </section>
  );
}

const at = (scale: Scale, value: number) => SIDE + placeOn(scale, value) * (WIDTH - 2 * SIDE);

function Axis({ scale, height }: { scale: Scale; height: number }) {
  return (
    <g>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line
            class={tick === 0 ? "zero" : "axis"}
            x1={at(scale, tick)}
            x2={at(scale, tick)}
            y1={HEAD - 8}
            y2={height}
          />
          <text x={at(scale, tick)} y={16} text-anchor="middle">
            {points(tick, 0)}
          </text>
        </g>
      ))}
    </g>
  );
}

interface LineProps extends Omit<ChartProps, "pairs"> {
  pair: PairAgreement;
  scale: Scale;
  place: number;
}

function PairLine({ pair, nameOf, scale, place }: LineProps) {
  const y = HEAD + place * ROW + LINE;
  const [low, high] = pair.index.limits_percent ?? [];
  return (
    <g>
      <text class="name" x={SIDE} y={y - 16}>
        {`${nameOfPair(pair, nameOf)} (n = ${pair.index.n})`}
      </text>
      {low !== undefined && high !== undefined && (
        <path class="limits" d={`M${at(scale, low)} ${y - 7}v14m0-7H${at(scale, high)}m0-7v14`} fill="none" />
      )}
      <circle class="mean" cx={at(scale, pair.index.mean_difference_percent ?? 0)} cy={y} r="6" />
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
