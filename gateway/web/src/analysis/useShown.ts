/** What the page shows just now: the model's nuclei, the corrected ones, or those of a try; marks and score. */
import { useMemo } from "preact/hooks";
import type { Analysis } from "../api/documents";
import type { Mark, MarkKind, Point } from "../viewer/marks";
import { countCorrected, type Edits, type Target } from "./edits";
import { correctedMarks, modelMarks, type Nucleus } from "./layers";
import type { Scored } from "./record";
import { type Interval, type Score, scoreCounts } from "./score";

export type Source = "model" | "corrected" | "tried";

export interface ShownNuclei {
  source: Source;
  marks: Mark[];
  targets: Target[];
  nuclei: readonly Nucleus[];
  /** Classes as the model gave them. */
  kinds: readonly MarkKind[];
  score: Score;
}

export function useShown(
  analysis: Scored,
  outlines: readonly Point[][],
  edits: Edits,
  isCorrected: boolean,
  tried: Analysis | null,
): ShownNuclei {
  const source = tried ? "tried" : isCorrected ? "corrected" : "model";
  const scored = tried ?? analysis;
  return useMemo(() => {
    const nuclei = (scored.nuclei ?? []) as Nucleus[];
    const kinds = nuclei.map((nucleus) => nucleus.class);
    const boundaries = analysis.thresholds.category_boundaries_percent as Interval;
    const shown =
      source === "corrected"
        ? correctedMarks(nuclei, outlines, edits, analysis.scale.mpp)
        : modelMarks(nuclei, source === "model" ? outlines : []);
    const score =
      source === "corrected" ? scoreCounts(...countCorrected(kinds, edits), boundaries) : scoreOf(scored);
    return { source, nuclei, kinds, score, ...shown };
  }, [source, scored, outlines, source === "corrected" ? edits : null]);
}

function scoreOf(analysis: Analysis): Score {
  const counts = analysis.counts ?? { immunopositive: 0, immunonegative: 0, total: 0 };
  return {
    ...counts,
    indexPercent: analysis.index_percent,
    intervalPercent: analysis.index_interval_percent as Interval | null,
    category: analysis.category,
    isCertain: analysis.category_certain,
  };
}
