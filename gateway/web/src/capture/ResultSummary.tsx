/** A result in small: index, category, counts, warnings, and the way to the whole. */
import { ChevronRight, TriangleAlert } from "lucide-preact";
import { Link } from "wouter-preact";
import { count, percent } from "../format";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import type { Scored } from "./queue";

const words = strings.capture;

export function ResultSummary({ analysis, name }: { analysis: Scored; name: string }) {
  return (
    <div class="result-summary">
      <p class="result-index">
        <span class="visually-hidden">{words.index}: </span>
        <strong class="number">{percent(analysis.index_percent)}</strong>
        <CategoryBadge category={analysis.category} />
      </p>
      <Counts analysis={analysis} />
      {analysis.warnings.length > 0 && <Warnings analysis={analysis} />}
      <Link
        href={`/records/${analysis.id}`}
        class="button small open-record"
        aria-label={words.openNamed(name)}
      >
        {words.open}
        <ChevronRight size={18} aria-hidden="true" />
      </Link>
    </div>
  );
}

function Counts({ analysis }: { analysis: Scored }) {
  const counts = analysis.counts;
  if (!counts || counts.total === 0) return <p class="small">{words.noNuclei}</p>;
  return (
    <p class="result-counts small number">
      <span class="positive">
        <span class="mark round" aria-hidden="true" />
        {count(counts.immunopositive)} {words.positive}
      </span>
      <span class="negative">
        <span class="mark square" aria-hidden="true" />
        {count(counts.immunonegative)} {words.negative}
      </span>
    </p>
  );
}

function Warnings({ analysis }: { analysis: Scored }) {
  return (
    <details class="result-warnings small">
      <summary>
        <TriangleAlert size={16} aria-hidden="true" />
        {words.warnings(analysis.warnings.length)}
      </summary>
      <ul>
        {analysis.warnings.map(({ code, detail }) => (
          <li key={code}>{detail}</li>
        ))}
      </ul>
    </details>
  );
}
