/** What boundaries mean: a few indices and the categories that they would get. */
import { percent } from "../format";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { categoryOf } from "./settings";

const words = strings.administration;

export function BoundariesExample({ boundaries }: { boundaries: [number, number] | null }) {
  if (!boundaries) return <p class="hint">{words.boundariesOfModel}</p>;
  return (
    <div class="stack">
      <p class="hint">{words.boundariesMean(percent(boundaries[0]), percent(boundaries[1]))}</p>
      <ul class="examples">
        {examplesOf(boundaries).map((index) => (
          <li key={index}>
            <span class="number">{percent(index)}</span>
            <CategoryBadge category={categoryOf(index, boundaries)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Just below the first boundary, on both, just above the second. */
function examplesOf([low, high]: [number, number]): number[] {
  const near = [low - 0.1, low, high, high + 0.1].map((value) => Math.round(value * 10) / 10);
  return [...new Set(near)].filter((value) => value >= 0 && value <= 100);
}
