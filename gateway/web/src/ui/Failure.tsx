/** A failure in words, what to do about it, and a reference for whoever is asked for help. */
import { CircleAlert } from "lucide-preact";
import { wordsOf } from "../api/client";
import { Problem } from "../api/problem";
import { strings } from "../strings";

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const reference = error instanceof Problem ? error.requestId : null;
  return (
    <div class="failure" role="alert">
      <CircleAlert size={22} aria-hidden="true" />
      <div>
        <p>{wordsOf(error)}</p>
        {reference && <p class="faint small">{strings.problems.reference(reference)}</p>}
        {again && (
          <button type="button" class="button small" onClick={again}>
            {strings.tryAgain}
          </button>
        )}
      </div>
    </div>
  );
}
