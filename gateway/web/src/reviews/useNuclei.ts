/** The model's nuclei as marks for the viewer: places at once, outlines as soon as they are there. */
import { useMemo } from "preact/hooks";
import { modelMarks } from "../analysis/layers";
import { isScored, loadOutlines } from "../analysis/record";
import type { Analysis } from "../api/documents";
import { useLoaded } from "../ui/useLoaded";
import type { Mark } from "../viewer/marks";

export function useNuclei(analysis: Analysis): Mark[] {
  const outlines = useLoaded(
    async () => (isScored(analysis) ? await loadOutlines(analysis.id) : []),
    [analysis.id],
  );
  return useMemo(
    () => modelMarks(analysis.nuclei ?? [], outlines.data ?? []).marks,
    [analysis, outlines.data],
  );
}
