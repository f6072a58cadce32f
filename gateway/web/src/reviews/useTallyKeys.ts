/** P and N count while somebody looks, Backspace takes the last one back; not while they write. */
import { useEffect } from "preact/hooks";
import { counted, type Tally, undone } from "./tally";

type Step = (tally: Tally) => Tally;

const STEPS: Record<string, Step> = {
  p: (tally) => counted(tally, "immunopositive"),
  n: (tally) => counted(tally, "immunonegative"),
  backspace: undone,
};
const WRITES = "input, textarea, select, [contenteditable], dialog";

export function useTallyKeys(isOn: boolean, onStep: (step: Step) => void): void {
  useEffect(() => {
    if (!isOn) return;
    const press = (event: KeyboardEvent) => {
      const step = STEPS[event.key.toLowerCase()];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(WRITES)) return;
      event.preventDefault();
      onStep(step);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
}
