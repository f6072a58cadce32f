/** A record without result: it waits, is worked on, or failed for a reason. */
import { CircleX } from "lucide-preact";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { DeleteButton } from "./DeleteButton";
import { FieldBeside } from "./FieldBeside";
import { isUnfinished } from "./record";

const words = strings.analysis;

export function Unscored({ analysis }: { analysis: Analysis }) {
  const { id, problem, status } = analysis;
  return (
    <FieldBeside analysis={analysis}>
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
    </FieldBeside>
  );
}
