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
      <div class="record-title">
        <Link href="/records" class="icon-button" aria-label={words.toRecords} title={words.toRecords}>
          <ChevronLeft size={22} aria-hidden="true" />
        </Link>
        <h1>{name}</h1>
        {onLabels && may("analyses:write") && <LabelsButton id={analysis.id} onSaved={onLabels} />}
      </div>
      <p class="faint small">
        {analysis.case_label && <span class="file-name">{analysis.filename} · </span>}
        {moment(analysis.created_at)}
      </p>
      {analysis.tags.length > 0 && (
        <ul class="row" aria-label={words.tags}>
          {analysis.tags.map((tag) => (
            <li key={tag} class="badge plain">
              {tag}
            </li>
          ))}
        </ul>
      )}
    </header>
  );
}

function LabelsButton({ id, onSaved }: { id: string; onSaved: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={words.editLabels}
        title={words.editLabels}
        onClick={() => setOpen(true)}
      >
        <Pencil size={18} aria-hidden="true" />
      </button>
      {isOpen && <LabelsDialog analysisId={id} onSaved={() => onSaved()} onClose={() => setOpen(false)} />}
    </>
  );
}
