/** Two thresholds that are tried at once and kept when asked; the network does not run again. */
import { decimal } from "../format";
import { may } from "../session/store";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import type { Trying } from "./useThresholds";

const words = strings.analysis;
const LARGEST_AREA_UM2 = 80;

export function ThresholdControls({ trying, hasCorrections }: { trying: Trying; hasCorrections: boolean }) {
  const { chosen, choose, isChanged, isBusy } = trying;
  if (!may("analyses:write")) return null;
  return (
    <section class="card">
      <h2>{words.thresholds}</h2>
      <Field label={`${words.probability}: ${decimal(chosen.probability)}`} hint={words.probabilityHint}>
        {(joined) => (
          <input
            {...joined}
            type="range"
            min="0.05"
            max="0.95"
            step="0.01"
            value={chosen.probability}
            onInput={(event) => choose({ ...chosen, probability: event.currentTarget.valueAsNumber })}
          />
        )}
      </Field>
      <Field
        label={`${words.leastArea}: ${words.area(decimal(chosen.min_area_um2, 1))}`}
        hint={words.leastAreaHint}
      >
        {(joined) => (
          <input
            {...joined}
            type="range"
            min="0"
            max={Math.max(LARGEST_AREA_UM2, chosen.min_area_um2)}
            step="0.5"
            value={chosen.min_area_um2}
            onInput={(event) => choose({ ...chosen, min_area_um2: event.currentTarget.valueAsNumber })}
          />
        )}
      </Field>
      {isChanged && (
        <>
          <p class="faint small">{hasCorrections ? words.keepLosesCorrections : words.triedNote}</p>
          <div class="row">
            <button type="button" class="button primary" disabled={isBusy} onClick={() => void trying.keep()}>
              {words.keep}
            </button>
            <button type="button" class="button" onClick={trying.back}>
              {words.undoThresholds}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
