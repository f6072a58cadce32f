/** What can be done with a record in a list: choose it, and edit its labels. */
import { Tag } from "lucide-preact";
import { strings } from "../strings";
import type { RecordSummary } from "./reading";
import { TagList } from "./TagList";
import type { Selection } from "./useSelection";

const words = strings.records;

export function Chooser({ record, selection }: { record: RecordSummary; selection: Selection }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={selection.has(record.id)}
        onChange={() => selection.toggle(record.id)}
        aria-label={words.choose(record.filename)}
      />
    </label>
  );
}

/** A blind reviewer sees no labels and changes none. */
export function Labels({ record, onEdit }: { record: RecordSummary; onEdit: (id: string) => void }) {
  return (
    <>
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
    </>
  );
}
