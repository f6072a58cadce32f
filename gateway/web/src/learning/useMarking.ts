/** The marks of one field while the app is open: leaving the page keeps them, closing the app asks first. */
import { useEffect, useState } from "preact/hooks";
import { type Marking, NOTHING } from "./marking";

const drafts = new Map<string, Marking>();

export interface Draft {
  marking: Marking;
  change: (edit: (marking: Marking) => Marking) => void;
  forget: () => void;
}

export function useMarking(analysisId: string): Draft {
  const [marking, setMarking] = useState(() => drafts.get(analysisId) ?? NOTHING);
  const hasMarks = marking.marks.length > 0;
  useEffect(() => {
    if (!hasMarks) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [hasMarks]);
  const change: Draft["change"] = (edit) =>
    setMarking((before) => {
      const after = edit(before);
      drafts.set(analysisId, after);
      return after;
    });
  return { marking, change, forget: () => drafts.delete(analysisId) };
}
