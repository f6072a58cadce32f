/** A record without result: it waits, is worked on, or failed for a reason. */
import { CircleX } from "lucide-preact";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { FieldViewer } from "../viewer/FieldViewer";
import { DeleteButton } from "./DeleteButton";
import { RecordHead } from "./RecordHead";
import { isUnfinished } from "./record";

const words = strings.analysis;

export function Unscored({ analysis }: { analysis: Analysis }) {
  const { id, image, problem, status } = analysis;
  return (
    <div class="result">
      <div class="result-picture">
        <FieldViewer
          analysisId={id}
          widthPx={image.width_px}
          heightPx={image.height_px}
          label={words.fieldOf(analysis.filename)}
        />
      </div>
      <div class="result-panel">
        <RecordHead analysis={analysis} />
        <section class="card hidden-result" role="status">
          {isUnfinished(analysis) ? (
            <span class="spinner" aria-hidden="true" />
          ) : (
            <CircleX size={28} aria-hidden="true" />
          )}
          <h2>{words.states[status]}</h2>
          <p>{problem?.detail || problem?.title || words.stateDetails[status]}</p>
        </section>
        <div class="row">
          <DeleteButton id={id} />
        </div>
      </div>
    </div>
  );
}
