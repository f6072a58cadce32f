import { Circle, CircleDot, CircleDotDashed } from "lucide-preact";
import { strings } from "../strings";

const ICONS = { low: Circle, borderline: CircleDotDashed, high: CircleDot };

/** A category by word, sign and colour; a dash where there is none. */
export function CategoryBadge({ category }: { category: "low" | "borderline" | "high" | null | undefined }) {
  if (!category) return <span class="faint">–</span>;
  const Icon = ICONS[category];
  return (
    <span class={`badge ${category}`}>
      <Icon size={14} aria-hidden="true" />
      {strings.categories[category]}
    </span>
  );
}
