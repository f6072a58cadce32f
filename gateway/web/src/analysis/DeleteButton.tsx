/** Deletes the record, once that was confirmed. */
import { Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { say } from "../ui/toasts";
import { deleteRecord } from "./record";

const words = strings.analysis;

export function DeleteButton({ id }: { id: string }) {
  const [asks, setAsks] = useState(false);
  const [, go] = useLocation();
  if (!may("analyses:write")) return null;
  const run = async () => {
    await deleteRecord(id);
    say(words.deleted);
    go("/records");
  };
  return (
    <>
      <button type="button" class="button danger" onClick={() => setAsks(true)}>
        <Trash2 size={18} aria-hidden="true" />
        {words.delete}
      </button>
      {asks && (
        <Confirm
          title={words.deleteTitle}
          detail={words.deleteDetail}
          action={words.delete}
          run={run}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  );
}
