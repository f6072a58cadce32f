/** What can be done with the chosen records: compare two, delete all of them. */
import { GitCompareArrows, Trash2, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { say } from "../ui/toasts";
import type { Paged } from "../ui/usePaged";
import { deleteRecords } from "./deleting";
import type { RecordSummary } from "./reading";
import type { Selection } from "./useSelection";

const words = strings.records;

interface SelectionBarProps {
  selection: Selection;
  list: Paged<RecordSummary>;
}

export function SelectionBar({ selection, list }: SelectionBarProps) {
  const [isDeleting, setDeleting] = useState(false);
  const [first, second] = selection.ids;
  const amount = selection.ids.length;
  const remove = async () => {
    await deleteRecords(selection.ids, (id) => {
      list.change((items) => items.filter((item) => item.id !== id));
      selection.toggle(id);
    });
    say(words.deleted(amount));
  };
  if (amount === 0) return null;
  return (
    <section class="selection-bar" aria-label={words.selection}>
      <span role="status">{words.chosen(amount)}</span>
      <div class="row">
        {amount === 2 ? (
          <Link class="button primary" href={`/compare?a=${first}&b=${second}`}>
            <GitCompareArrows size={18} aria-hidden="true" />
            {words.compare}
          </Link>
        ) : (
          <span class="hint">{words.compareHint}</span>
        )}
        {may("analyses:write") && (
          <button type="button" class="button danger" onClick={() => setDeleting(true)}>
            <Trash2 size={18} aria-hidden="true" />
            {words.delete}
          </button>
        )}
        <button type="button" class="icon-button" aria-label={words.clearSelection} onClick={selection.clear}>
          <X size={20} aria-hidden="true" />
        </button>
      </div>
      {isDeleting && (
        <Confirm
          title={words.deleteTitle(amount)}
          detail={words.deleteDetail}
          action={words.delete}
          run={remove}
          onClose={() => setDeleting(false)}
        />
      )}
    </section>
  );
}
