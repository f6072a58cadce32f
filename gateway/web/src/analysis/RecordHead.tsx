/** What the record is called, and the way back to all of them. */
import { ChevronLeft, Pencil } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Analysis } from "../api/documents";
import { moment } from "../format";
import { LabelsDialog } from "../records/LabelsDialog";
import { may } from "../session/store";
import { strings } from "../strings";

const words = strings.analysis;

/** `onLabels` is called once case label or tags have changed; without it they cannot be changed here. */
export function RecordHead({ analysis, onLabels }: { analysis: Analysis; onLabels?: () => void }) {
  const name = analysis.case_label ?? analysis.filename;
  useEffect(() => {
    document.title = `${name} · ${strings.product}`;
  }, [name]);
  return (
    <header class="record-head">
      <Link href="/records" class="back-link">
        <ChevronLeft size={18} aria-hidden="true" />
        {strings.pages.records}
      </Link>
      <h1>{name}</h1>
      <p class="faint small">
        {analysis.case_label && <span class="file-name">{analysis.filename} · </span>}
        {moment(analysis.created_at)}
      </p>
      <Tags analysis={analysis} {...(onLabels && { onLabels })} />
    </header>
  );
}

function Tags({ analysis, onLabels }: { analysis: Analysis; onLabels?: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const edits = onLabels && may("analyses:write");
  if (analysis.tags.length === 0 && !edits) return null;
  return (
    <div class="row">
      {analysis.tags.length > 0 && (
        <ul class="row" aria-label={words.tags}>
          {analysis.tags.map((tag) => (
            <li key={tag} class="badge plain">
              {tag}
            </li>
          ))}
        </ul>
      )}
      {edits && (
        <button type="button" class="button quiet" onClick={() => setOpen(true)}>
          <Pencil size={16} aria-hidden="true" />
          {words.editLabels}
        </button>
      )}
      {edits && isOpen && (
        <LabelsDialog analysisId={analysis.id} onSaved={() => onLabels()} onClose={() => setOpen(false)} />
      )}
    </div>
  );
}
