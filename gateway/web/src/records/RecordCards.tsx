/** Records on a phone: a card each. */
import { Tag } from "lucide-preact";
import { Link } from "wouter-preact";
import { count, moment, percent } from "../format";
import { strings } from "../strings";
import type { RowsProps } from "./RecordTable";
import { StateBadge, shown } from "./StateBadge";
import { TagList } from "./TagList";
import { Thumbnail } from "./Thumbnail";
import type { RecordSummary } from "./reading";

const words = strings.records;

export function RecordCards({ records, selection, onEdit }: RowsProps) {
  return (
    <ul class="record-cards">
      {records.map((record) => (
        <li key={record.id} class="record-card">
          <Link href={`/records/${record.id}`} class="record-main">
            <Thumbnail analysisId={record.id} />
            <span class="record-text">
              <span class="record-name">{record.filename}</span>
              <Figures record={record} />
              <span class="hint">{moment(record.created_at)}</span>
            </span>
          </Link>
          <div class="record-foot">
            <label class="check">
              <input
                type="checkbox"
                checked={selection.has(record.id)}
                onChange={() => selection.toggle(record.id)}
                aria-label={words.choose(record.filename)}
              />
            </label>
            <TagList record={record} />
            {!record.blinded && (
              <button
                type="button"
                class="icon-button"
                aria-label={words.editLabelsOf(record.filename)}
                onClick={() => onEdit(record.id)}
              >
                <Tag size={18} aria-hidden="true" />
              </button>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Figures({ record }: { record: RecordSummary }) {
  const figures = shown(record);
  return (
    <span class="row">
      {figures.counts && <strong class="index number">{percent(figures.index_percent)}</strong>}
      <StateBadge record={record} />
      {figures.counts && <span class="hint number">{words.nuclei(count(figures.counts.total))}</span>}
    </span>
  );
}
