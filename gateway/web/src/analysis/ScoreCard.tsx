/** The index with its interval and category, and the counts behind it. */
import { count, percent } from "../format";
import { ClassSign } from "../reviews/ClassSign";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { IntervalBar } from "./IntervalBar";
import type { Interval, Score } from "./score";
import type { Source } from "./useShown";

const words = strings.analysis;

interface ScoreCardProps {
  score: Score;
  boundaries: readonly [number, number];
  source: Source;
  hasCorrections: boolean;
  chooseCorrected: (corrected: boolean) => void;
}

export function ScoreCard({ score, boundaries, source, hasCorrections, chooseCorrected }: ScoreCardProps) {
  return (
    <section class="card score-card" aria-labelledby="index-heading">
      <div class="spread">
        <h2 id="index-heading">{words.index}</h2>
        {source === "tried" ? (
          <span class="badge plain">{words.notKept}</span>
        ) : (
          hasCorrections && <LayerChoice source={source} choose={chooseCorrected} />
        )}
      </div>
      <div class="score-line" aria-live="polite">
        <strong class="score-index number">{percent(score.indexPercent)}</strong>
        <span class="score-category">
          <CategoryBadge category={score.category} />
          {score.category && (
            <span class="faint small">{score.isCertain ? words.certain : words.uncertain}</span>
          )}
        </span>
      </div>
      {score.intervalPercent ? (
        <IntervalBar
          index={score.indexPercent ?? 0}
          interval={score.intervalPercent}
          boundaries={boundaries as Interval}
        />
      ) : (
        <p class="faint">{words.noNuclei}</p>
      )}
      <Counts score={score} />
    </section>
  );
}

function LayerChoice({ source, choose }: { source: Source; choose: (corrected: boolean) => void }) {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{words.whose}</legend>
      <button type="button" aria-pressed={source === "model"} onClick={() => choose(false)}>
        {words.model}
      </button>
      <button type="button" aria-pressed={source === "corrected"} onClick={() => choose(true)}>
        {words.corrected}
      </button>
    </fieldset>
  );
}

function Counts({ score }: { score: Score }) {
  return (
    <dl class="counts">
      {(["immunopositive", "immunonegative"] as const).map((kind) => (
        <div key={kind}>
          <dt>
            <ClassSign kind={kind} size={16} />
            {strings.classes[kind]}
          </dt>
          <dd class="number">{count(score[kind])}</dd>
        </div>
      ))}
      <div>
        <dt>{words.total}</dt>
        <dd class="number">{count(score.total)}</dd>
      </div>
    </dl>
  );
}
