/** Case label and tags of one record: read when the dialog opens, saved onto what was read. */
import { X } from "lucide-preact";
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { type Labels, type RecordSummary, readRecordAndTag, saveLabels } from "./reading";
import { faultOf, withTags } from "./tags";

const words = strings.records;

interface LabelsDialogProps {
  analysisId: string;
  onSaved: (record: RecordSummary) => void;
  onClose: () => void;
}

export function LabelsDialog({ analysisId, onSaved, onClose }: LabelsDialogProps) {
  const read = useLoaded(() => readRecordAndTag(analysisId, false), [analysisId]);
  const save = async (changed: Labels) => {
    onSaved(await saveLabels(analysisId, read.data?.etag ?? null, changed));
    onClose();
  };
  return (
    <Dialog title={words.editLabels} onClose={onClose}>
      {read.isLoading && <Loading />}
      {read.error !== null && <Failure error={read.error} again={read.reload} />}
      {read.data && <LabelsForm record={read.data.record} save={save} onClose={onClose} />}
    </Dialog>
  );
}

interface LabelsFormProps {
  record: RecordSummary;
  save: (labels: Labels) => Promise<void>;
  onClose: () => void;
}

function LabelsForm({ record, save, onClose }: LabelsFormProps) {
  const [label, setLabel] = useState(record.case_label ?? "");
  const [tags, setTags] = useState(record.tags);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const all = withTags(tags, typed);
  const fault = faultOf(all);
  const take = () => {
    setTags(all);
    setTyped("");
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await save({ case_label: label.trim() || null, tags: all });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <Field label={words.caseLabel} hint={words.caseLabelHint}>
        {(joined) => (
          <input
            {...joined}
            maxLength={100}
            value={label}
            onInput={(event) => setLabel(event.currentTarget.value)}
          />
        )}
      </Field>
      {tags.length > 0 && (
        <TagList tags={tags} onRemove={(tag) => setTags(tags.filter((each) => each !== tag))} />
      )}
      <Field label={words.addTags} hint={words.tagsHint} error={fault && words.tagFaults[fault]}>
        {(joined) => (
          <input
            {...joined}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && typed.trim()) {
                event.preventDefault();
                take();
              }
            }}
          />
        )}
      </Field>
      {error !== null && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {strings.cancel}
        </button>
        <button type="submit" class="button primary" disabled={isBusy || fault !== null}>
          {strings.save}
        </button>
      </div>
    </form>
  );
}

function TagList({ tags, onRemove }: { tags: string[]; onRemove: (tag: string) => void }) {
  return (
    <ul class="row" aria-label={words.tags}>
      {tags.map((tag) => (
        <li key={tag} class="tag removable">
          {tag}
          <button type="button" aria-label={words.removeTag(tag)} onClick={() => onRemove(tag)}>
            <X size={16} aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}
