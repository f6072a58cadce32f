/** Records on a phone: a card each. */
import { Link } from "wouter-preact";
import { count, moment, percent } from "../format";
import { strings } from "../strings";
import { Chooser, Labels } from "./RecordControls";
import type { RowsProps } from "./RecordTable";
import type { RecordSummary } from "./reading";
import { StateBadge, shown } from "./StateBadge";
import { Thumbnail } from "./Thumbnail";

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
            <Chooser record={record} selection={selection} />
            <Labels record={record} onEdit={onEdit} />
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
