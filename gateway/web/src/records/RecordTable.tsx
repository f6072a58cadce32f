/** Records on a desktop: a row each. */
import { Tag } from "lucide-preact";
import { Link } from "wouter-preact";
import { count, moment, percent } from "../format";
import { strings } from "../strings";
import { StateBadge, shown } from "./StateBadge";
import { TagList } from "./TagList";
import { Thumbnail } from "./Thumbnail";
import type { RecordSummary } from "./reading";
import type { Selection } from "./useSelection";

const words = strings.records;

export interface RowsProps {
  records: RecordSummary[];
  selection: Selection;
  onEdit: (id: string) => void;
}

export function RecordTable({ records, ...rest }: RowsProps) {
  return (
    <div class="table-scroll">
      <table class="records">
        <thead>
          <tr>
            <th>
              <span class="visually-hidden">{words.chooseColumn}</span>
            </th>
            <th>{words.record}</th>
            <th class="number">{words.index}</th>
            <th>{words.category}</th>
            <th class="number">{words.nucleiColumn}</th>
            <th>{words.tags}</th>
            <th>{words.version}</th>
            <th>{words.created}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <Row key={record.id} record={record} {...rest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ record, selection, onEdit }: { record: RecordSummary } & Omit<RowsProps, "records">) {
  const figures = shown(record);
  return (
    <tr class={selection.has(record.id) ? "chosen" : ""}>
      <td>
        <label class="check">
          <input
            type="checkbox"
            checked={selection.has(record.id)}
            onChange={() => selection.toggle(record.id)}
            aria-label={words.choose(record.filename)}
          />
        </label>
      </td>
      <td>
        <Link href={`/records/${record.id}`} class="record-cell">
          <Thumbnail analysisId={record.id} />
          <span class="record-name">{record.filename}</span>
        </Link>
      </td>
      <td class="number">{figures.counts ? <Index figures={figures} /> : "–"}</td>
      <td>
        <StateBadge record={record} />
      </td>
      <td class="number">{figures.counts ? count(figures.counts.total) : "–"}</td>
      <td>
        <div class="tags-cell">
          <TagList record={record} />
          {!record.blinded && (
            <button
              type="button"
              class="icon-button"
              aria-label={words.editLabelsOf(record.filename)}
              onClick={() => onEdit(record.id)}
            >
              <Tag size={16} aria-hidden="true" />
            </button>
          )}
        </div>
      </td>
      <td class="number version">{record.model.version}</td>
      <td class="moment">{moment(record.created_at)}</td>
    </tr>
  );
}

function Index({ figures }: { figures: ReturnType<typeof shown> }) {
  const interval = figures.index_interval_percent;
  return (
    <>
      <strong>{percent(figures.index_percent)}</strong>
      {interval && <span class="hint interval">{words.interval(percent(interval[0]), percent(interval[1]))}</span>}
    </>
  );
}
