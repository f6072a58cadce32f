/** How well nuclei were found, and how far the index was off, from the first attempt to the newest. */
import { day, percent, points } from "../format";
import { strings } from "../strings";
import { differenceRange, heightOf, lineOf, type Place, type Plot, placesOf } from "./chart";
import type { ProgressItem } from "./progress";
import { share } from "./Results";

const words = strings.learning;
const WIDTH = 560;
const HEIGHT = 220;
const AREA = { left: 56, top: 14, width: WIDTH - 72, height: HEIGHT - 48 };
const MOST_MARKERS = 60;

interface Line {
  name: string;
  kind: "all" | "positive" | "negative";
  values: (number | null)[];
}

export function ProgressCharts({ items }: { items: ProgressItem[] }) {
  const differences = items.map((item) => item.index_difference_points);
  const found: Line[] = [
    { name: words.f1Positive, kind: "positive", values: items.map((item) => item.f1_immunopositive) },
    { name: words.f1Negative, kind: "negative", values: items.map((item) => item.f1_immunonegative) },
  ];
  const off: Line[] = [{ name: words.indexDifference, kind: "all", values: differences }];
  const newest = items.at(-1);
  const mean = newest?.running_mean;
  return (
    <div class="charts">
      <Chart
        title={words.foundChart}
        summary={words.foundSummary(
          items.length,
          share(newest?.f1_immunopositive ?? null),
          share(newest?.f1_immunonegative ?? null),
          share(mean?.f1_immunopositive ?? null),
          share(mean?.f1_immunonegative ?? null),
        )}
        lines={found}
        plot={{ ...AREA, range: [0, 1] }}
        ticks={[0, 0.5, 1]}
        write={(value) => percent(value * 100, 0)}
        items={items}
      />
      <Chart
        title={words.differenceChart}
        summary={words.differenceSummary(
          pointsOr(newest?.index_difference_points),
          pointsOr(mean?.absolute_index_difference_points),
        )}
        lines={off}
        plot={{ ...AREA, range: differenceRange(differences) }}
        ticks={[differenceRange(differences)[0], 0, differenceRange(differences)[1]]}
        write={(value) => points(value, 0)}
        items={items}
      />
    </div>
  );
}

function pointsOr(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : points(value);
}

interface ChartProps {
  title: string;
  summary: string;
  lines: Line[];
  plot: Plot;
  ticks: number[];
  write: (value: number) => string;
  items: ProgressItem[];
}

function Chart({ title, summary, lines, plot, ticks, write, items }: ChartProps) {
  return (
    <figure class="chart card">
      <figcaption>
        <strong>{title}</strong>
        {lines.length > 1 && <Legend lines={lines} />}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}. ${summary}`}>
        <Grid plot={plot} ticks={ticks} write={write} />
        <Days plot={plot} items={items} />
        {lines.map((line) => (
          <Series key={line.kind} line={line} plot={plot} />
        ))}
      </svg>
      <p class="hint">{summary}</p>
    </figure>
  );
}

function Legend({ lines }: { lines: Line[] }) {
  return (
    <ul class="row small">
      {lines.map((line) => (
        <li key={line.kind} class="row">
          <svg class="chart-key" viewBox="0 0 40 16" aria-hidden="true">
            <path class={`line ${line.kind}`} d="M2 8H38" />
            <Marker kind={line.kind} place={{ x: 20, y: 8 }} />
          </svg>
          {line.name}
        </li>
      ))}
    </ul>
  );
}

function Grid({ plot, ticks, write }: Pick<ChartProps, "plot" | "ticks" | "write">) {
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick}>
          <line
            class="grid"
            x1={plot.left}
            x2={plot.left + plot.width}
            y1={heightOf(tick, plot)}
            y2={heightOf(tick, plot)}
          />
          <text x={plot.left - 10} y={heightOf(tick, plot) + 5} text-anchor="end">
            {write(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Days({ plot, items }: { plot: Plot; items: ProgressItem[] }) {
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return null;
  const isOne = day(first.created_at) === day(last.created_at);
  const below = plot.top + plot.height + 26;
  return (
    <g>
      <text x={plot.left} y={below}>
        {day(first.created_at)}
      </text>
      {!isOne && (
        <text x={plot.left + plot.width} y={below} text-anchor="end">
          {day(last.created_at)}
        </text>
      )}
    </g>
  );
}

function Series({ line, plot }: { line: Line; plot: Plot }) {
  const places = placesOf(line.values, plot);
  const isSparse = places.length <= MOST_MARKERS;
  return (
    <g>
      <path class={`line ${line.kind}`} d={lineOf(places)} />
      {isSparse &&
        places.map((place, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: points have no name but their place
          place ? <Marker key={index} kind={line.kind} place={place} /> : null,
        )}
    </g>
  );
}

/** Positive: filled and round; negative: hollow and square. */
function Marker({ kind, place }: { kind: Line["kind"]; place: Place }) {
  if (kind === "negative") {
    return <rect class={`marker ${kind}`} x={place.x - 4.5} y={place.y - 4.5} width="9" height="9" />;
  }
  return <circle class={`marker ${kind}`} cx={place.x} cy={place.y} r="5" />;
}
