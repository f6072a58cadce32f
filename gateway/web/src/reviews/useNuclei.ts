/** The model's nuclei as marks for the viewer. */
import { useMemo } from "preact/hooks";
import type { Analysis } from "../api/documents";
import type { Mark } from "../viewer/marks";

export function useNuclei(analysis: Analysis): Mark[] {
  return useMemo(
    () => (analysis.nuclei ?? []).map((nucleus) => ({ x: nucleus.x, y: nucleus.y, kind: nucleus.class })),
    [analysis],
  );
}
