/** The one button that runs everything chosen, and how far it all is. */
import { Play } from "lucide-preact";
import { strings } from "../strings";
import { fields, isScaleUsable } from "./choices";
import { tally } from "./queue";
import { clearSettled, runAll, shots } from "./runner";

const words = strings.capture;

export function RunBar() {
  const { chosen, running, done, failed } = tally(shots.value);
  const settled = done + failed;
  return (
    <div class="run-bar">
      <p class="run-summary" role="status">
        {words.summary(done, failed, running) || words.images(chosen)}
      </p>
      {settled > 0 && (
        <button type="button" class="button" onClick={clearSettled}>
          {words.clear}
        </button>
      )}
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
