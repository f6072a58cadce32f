/** Records on a desktop: a row each. */
import { Link } from "wouter-preact";
import { count, moment, percent } from "../format";
import { strings } from "../strings";
import { TableScroll } from "../ui/TableScroll";
import { Chooser, Labels } from "./RecordControls";
import type { RecordSummary } from "./reading";
import { StateBadge, shown } from "./StateBadge";
import { Thumbnail } from "./Thumbnail";
import type { Selection } from "./useSelection";

const words = strings.records;

export interface RowsProps {
  records: RecordSummary[];
  selection: Selection;
  onEdit: (id: string) => void;
}

export function RecordTable({ records, ...rest }: RowsProps) {
  return (
    <TableScroll label={strings.pages.records}>
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
            <th>{words.created}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <Row key={record.id} record={record} {...rest} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Row({ record, selection, onEdit }: { record: RecordSummary } & Omit<RowsProps, "records">) {
  const figures = shown(record);
  return (
    <tr class={selection.has(record.id) ? "chosen" : ""}>
      <td>
        <Chooser record={record} selection={selection} />
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
          <Labels record={record} onEdit={onEdit} />
        </div>
      </td>
      <td class="moment">
        {moment(record.created_at)}
        <span class="interval">{words.scoredBy(record.model.version)}</span>
      </td>
    </tr>
  );
}

function Index({ figures }: { figures: ReturnType<typeof shown> }) {
  const interval = figures.index_interval_percent;
  return (
    <>
      <strong>{percent(figures.index_percent)}</strong>
      {interval && (
        <span class="hint interval">{words.interval(percent(interval[0]), percent(interval[1]))}</span>
      )}
    </>
  );
}
