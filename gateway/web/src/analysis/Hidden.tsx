/** The field without its result: it is to be judged first. */
import { EyeOff } from "lucide-preact";
import { Link } from "wouter-preact";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { FieldBeside } from "./FieldBeside";
import { chooseJudging } from "./judging";

const words = strings.analysis;

export function Hidden({ analysis }: { analysis: Analysis }) {
  const { id, blinded } = analysis;
  return (
    <FieldBeside analysis={analysis}>
      <section class="card hidden-result">
        <EyeOff size={28} aria-hidden="true" />
        <h2>{words.hiddenTitle}</h2>
        <p>{blinded ? words.blinded : words.hidden}</p>
        <Link href={blinded ? "/reviews" : `/reviews/own/${id}`} class="button primary">
          {blinded ? words.toReviews : words.judge}
        </Link>
        {!blinded && (
          <button type="button" class="button" onClick={() => chooseJudging(false)}>
            {words.showResult}
          </button>
        )}
      </section>
    </FieldBeside>
  );
}
