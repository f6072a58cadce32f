/** The one button that runs everything chosen. */
import { Play } from "lucide-preact";
import { strings } from "../strings";
import { fields, isScaleUsable } from "./choices";
import { tally } from "./queue";
import { runAll, shots } from "./runner";

const words = strings.capture;

/** While work runs it stays where it is, so that a second click on it hits nothing else. */
export function RunBar() {
  const { chosen, running } = tally(shots.value);
  if (chosen + running === 0) return null;
  return (
    <div class="run-bar">
      <button
        type="button"
        class="button primary run"
        disabled={chosen === 0 || !isScaleUsable.value}
        onClick={() => runAll(fields.value)}
      >
        <Play size={20} aria-hidden="true" />
        {chosen > 0 ? words.run(chosen) : words.runNothing}
      </button>
    </div>
  );
}
