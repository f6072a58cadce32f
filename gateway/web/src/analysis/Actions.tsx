/** What one does with a record: take it along, ask somebody, judge first, delete it. */
import { UserRoundPlus } from "lucide-preact";
import { useState } from "preact/hooks";
import { ExportMenu } from "../records/ExportMenu";
import { AskDialog } from "../reviews/AskDialog";
import { may } from "../session/store";
import { strings } from "../strings";
import { DeleteButton } from "./DeleteButton";
import { chooseJudging, judgesFirst } from "./judging";
import type { Scored } from "./record";

const words = strings.analysis;

export function Actions({ analysis, hasCorrections }: { analysis: Scored; hasCorrections: boolean }) {
  const [asks, setAsks] = useState(false);
  return (
    <section class="card" aria-label={words.actions}>
      <div class="row">
        <ExportMenu analysisId={analysis.id} hasCorrections={hasCorrections} />
        {may("analyses:write") && (
          <button type="button" class="button" onClick={() => setAsks(true)}>
            <UserRoundPlus size={18} aria-hidden="true" />
            {words.secondOpinion}
          </button>
        )}
        <DeleteButton id={analysis.id} />
      </div>
      {may("reviews:write") && (
        <label class="check">
          <input
            type="checkbox"
            checked={judgesFirst.value}
            onChange={(event) => chooseJudging(event.currentTarget.checked)}
          />
          <span>
            {words.judgeFirst}
            <span class="hint block">{words.judgeFirstHint}</span>
          </span>
        </label>
      )}
      {asks && <AskDialog analysisId={analysis.id} onClose={() => setAsks(false)} />}
    </section>
  );
}
