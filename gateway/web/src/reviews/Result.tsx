/** The model's result in short, beside an open review. */
import type { Analysis } from "../api/documents";
import { count, percent } from "../format";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { ClassSign } from "./ClassSign";

const words = strings.reviews;

export function Result({ analysis }: { analysis: Analysis }) {
  const { counts, index_percent, index_interval_percent, category } = analysis;
  return (
    <section class="card result-short" aria-label={words.openResult}>
      <div class="spread">
        <h2>{words.openResult}</h2>
        <CategoryBadge category={category} />
      </div>
      {counts ? (
        <>
          <p class="index-line">
            <strong>{percent(index_percent)}</strong>
            <Interval interval={index_interval_percent} />
          </p>
          <p class="row">
            <ClassSign kind="immunopositive" size={16} />
            {`${count(counts.immunopositive)} ${words.positive.toLowerCase()}`}
            <ClassSign kind="immunonegative" size={16} />
            {`${count(counts.immunonegative)} ${words.negative.toLowerCase()}`}
          </p>
        </>
      ) : (
        <p class="faint">{words.notScored}</p>
      )}
    </section>
  );
}

/** A 95 % interval in words; nothing where there is none. */
export function Interval({ interval }: { interval: number[] | null }) {
  if (!interval) return null;
  const [low, high] = interval;
  return <span class="faint small">{words.interval(percent(low), percent(high))}</span>;
}
