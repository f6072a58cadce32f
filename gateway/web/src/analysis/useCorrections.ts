/** Corrections while they are made: at once on the screen, a moment later at the gateway, step by step undone. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Problem } from "../api/problem";
import { strings } from "../strings";
import { complain } from "../ui/toasts";
import { begin, type Edits, type History, redo, step, undo } from "./edits";
import type { Saved } from "./record";
import { saveEdits } from "./record";
import { Saver, type SavingState } from "./saver";

export interface Corrections {
  edits: Edits;
  state: SavingState;
  canUndo: boolean;
  canRedo: boolean;
  change: (edits: Edits) => void;
  undo: () => void;
  redo: () => void;
  retry: () => void;
}

/** `saved` is where it begins; it begins anew when that changes. `reload` is called where somebody else saved. */
export function useCorrections(id: string, revision: number, saved: Saved, reload: () => void): Corrections {
  const [history, setHistory] = useState<History>(() => begin(saved.edits));
  const [state, setState] = useState<SavingState>("saved");
  const again = useRef(reload);
  again.current = reload;
  const saver = useMemo(() => {
    const save = (edits: Edits, etag: string | null) => saveEdits(id, revision, edits, etag);
    const fail = (error: unknown) => {
      if (!(error instanceof Problem && error.status === 412)) return complain(error);
      complain(new Error(strings.analysis.changedMeanwhile));
      again.current();
    };
    return new Saver(save, saved.etag, setState, fail);
  }, [id, revision, saved]);
  useEffect(() => {
    setHistory(begin(saved.edits));
    setState("saved");
    return () => saver.close();
  }, [saver]);
  const go = (next: History) => {
    if (next.present === history.present) return;
    setHistory(next);
    saver.change(next.present);
  };
  return {
    edits: history.present,
    state,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change: (edits) => go(step(history, edits)),
    undo: () => go(undo(history)),
    redo: () => go(redo(history)),
    retry: () => saver.retry(),
  };
}
