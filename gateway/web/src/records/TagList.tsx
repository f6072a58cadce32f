import { strings } from "../strings";
import type { RecordSummary } from "./reading";

/** Case label and tags of a record, shortened where they are many. */
export function TagList({ record }: { record: RecordSummary }) {
  return (
    <ul class="tags" aria-label={strings.records.tags}>
      {record.case_label && <li class="tag case">{record.case_label}</li>}
      {record.tags.map((tag) => (
        <li key={tag} class="tag">
          {tag}
        </li>
      ))}
    </ul>
  );
}
